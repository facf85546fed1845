"""How a flow run says what it did: its name, its tags, its tables and a few lines in the log.

Names of cadences, counts and ids only: Prefect keeps every parameter, log line and artifact in
clear.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from prefect import get_client, get_run_logger
from prefect.artifacts import acreate_table_artifact
from prefect.runtime import flow_run

from contacts.cadences.faults import Fault
from contacts.delivery.pausing.halt import REMEDY, Halt
from contacts.delivery.reports import GoneTouches
from contacts.wording import so_many
from flows.order_words import HELD_BACK, order_row, order_words
from flows.wording import Row, fault_row, said_of

if TYPE_CHECKING:
    from contacts.care.orders.watch import OrderWatch

DONE, FAULT = "Done: ", "Fault: "
"""What `touchline up` looks for in the runner's log."""
FAULTS_SHOWN, FAULTS_KEPT = 5, 100
_IDS_IN_A_LINE = 200
_TOUCHES_KEPT = 500


async def tell(
    name: str,
    *,
    rows: Sequence[Row] = (),
    key: str = "",
    description: str = "",
    tags: Iterable[str] = (),
) -> None:
    """Rename the current flow run for what it did, and keep `rows` as its table `key`."""
    get_run_logger().info("%s%s", DONE, name)
    await _keep(rows, key, description)
    async with get_client() as client:
        await client.update_flow_run(flow_run.id, name=name, tags=sorted({*flow_run.tags, *tags}))


async def tell_halt(halt: Halt) -> None:
    """Say why nothing is sent until a person lets it go on: in log, table and name."""
    get_run_logger().warning("%s %s", halt.words, REMEDY)
    row: Row = {"why": halt.words, "remedy": REMEDY}
    await tell(
        f"send · paused: {halt.short}",
        rows=[row],
        key="send-paused",
        description="Sending is paused; planning and everything that is heard go on.",
    )


async def tell_faults(faults: Sequence[Fault], *, within: Path, key: str) -> None:
    """Name the first of these faults in the log, and keep more of them as the table `key`.

    Their paths are told from the folder `within`. What a message quotes must be no customer's.
    """
    for fault in faults[:FAULTS_SHOWN]:
        get_run_logger().error("%s%s", FAULT, said_of(fault, within))
    if len(faults) > FAULTS_SHOWN:
        more = len(faults) - FAULTS_SHOWN
        get_run_logger().error("%s… and %d more, in the run's table", FAULT, more)
    rows = [fault_row(fault, within) for fault in faults[:FAULTS_KEPT]]
    await _keep(rows, key, f"What was wrong, and where; {so_many(len(faults), 'fault')} in all.")


async def tell_orders(watched: "OrderWatch") -> None:
    """Say what a look at all orders found: in the log, and as the table `orders`."""
    get_run_logger().info("orders · %s", order_words(watched))
    if watched.held:
        get_run_logger().warning(HELD_BACK, watched.held)
    told = "Who orders otherwise than usual. 'touchline signals' says why."
    await _keep([order_row(watched)], "orders", told)


async def tell_touches(gone: Mapping[str, GoneTouches], *, key: str) -> None:
    """Say which touches went out: all of them in the log, the first ones as the table `key`."""
    for cadence, touches in sorted(gone.items()):
        left = iter(touches)
        while some := list(islice(left, _IDS_IN_A_LINE)):
            said = ", ".join(f"{one.touch_id} of customer {one.customer_id}" for one in some)
            get_run_logger().info(
                "Touches of %s ('touchline timeline' and the board's address take the customer's "
                "number): %s",
                cadence,
                said,
            )
    every = ((cadence, one) for cadence, touches in sorted(gone.items()) for one in touches)
    rows: list[Row] = [
        {
            "touch": one.touch_id,
            "customer": one.customer_id,
            "cadence": cadence,
            "state": one.state,
        }
        for cadence, one in islice(every, _TOUCHES_KEPT)
    ]
    total = sum(map(len, gone.values()))
    await _keep(
        rows,
        key,
        f"Which touches went out: {len(rows)} of {total}; the run's log has all. "
        "'touchline timeline CUSTOMER' tells the rest.",
    )


async def _keep(rows: Sequence[Row], key: str, description: str) -> None:
    if rows:
        table: list[dict[str, Any]] = [dict(row) for row in rows]
        await acreate_table_artifact(table=table, key=key, description=description)
