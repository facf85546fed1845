"""How a flow run says what it did: its name, its tags, a table and one line in the log.

Names of cadences and counts only: Prefect keeps every parameter, log line and artifact in clear.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from prefect import get_client, get_run_logger
from prefect.artifacts import acreate_table_artifact
from prefect.runtime import flow_run

from flows.wording import Row

DONE = "Done: "
"""What `touchline up` looks for in the runner's log."""


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
    if rows:
        table: list[dict[str, Any]] = [dict(row) for row in rows]
        await acreate_table_artifact(table=table, key=key, description=description)
    async with get_client() as client:
        await client.update_flow_run(flow_run.id, name=name, tags=sorted({*flow_run.tags, *tags}))
