"""The `care` flow: takes in hand whom nobody has in hand, and proves that no customer is stale."""

from collections.abc import Mapping

from prefect import flow, get_client
from prefect.events import emit_event
from prefect.runtime import flow_run

from contacts.care.freshness import Freshness
from contacts.care.proof import PLAN
from contacts.record.clock import present
from contacts.settings import TASK
from contacts.workspace.files import sound_cadences
from contacts.workspace.sweeping import sweep_workspace
from contacts.workspace.watching import watch_workspace
from flows.pauses import ask_paused
from flows.telling import tell, tell_orders
from flows.wording import Row, proof_words
from flows.workspace import opened_record, settings_of_run

EXCEPTIONS = "touchline.freshness.exceptions"
"""The event that an automation may watch: some customers have nothing planned, or no owner."""


@flow(flow_run_name="care", retries=0, persist_result=False)
async def care() -> None:
    """Look at all orders, sweep, and count who is in hand; `touchline stale` names who is not."""
    settings = settings_of_run()
    async with get_client() as client:
        paused = await ask_paused(client, settings)
    with opened_record(settings) as engine:
        cadences, _ = sound_cadences(settings.workspace / "cadences", settings.usual_hours)
        watched = watch_workspace(engine, settings, cadences, now=present(engine))
        swept = sweep_workspace(engine, settings, now=present(engine), paused=paused)
    found = swept.found
    if not found.holds:
        emit_event(
            EXCEPTIONS,
            resource={"prefect.resource.id": "touchline.freshness"},
            related=[
                {
                    "prefect.resource.id": f"prefect.flow-run.{flow_run.id}",
                    "prefect.resource.role": "flow-run",
                }
            ],
            payload={
                "uncovered": found.uncovered_count,
                "unowned": found.unowned_count,
                "active": found.active,
            },
        )
    await tell(
        f"care · {proof_words(found, swept.repaired)}",
        rows=[row(found, swept.repaired)],
        key="freshness",
        description="The proof that nobody goes stale. 'touchline stale' names the exceptions.",
        tags=sorted(swept.repaired.keys() - {PLAN, TASK}),
    )
    await tell_orders(watched)


def row(found: Freshness, repaired: Mapping[str, int]) -> Row:
    """The proof as a row of counts."""
    return {
        "active": found.active,
        "by a planned touch": found.by_touch,
        "by a task": found.by_task,
        "waived": found.waived,
        "nothing planned": found.uncovered_count,
        "without an owner": found.unowned_count,
        "out of touch too long": found.overdue,
        "taken in hand now": sum(repaired.values()),
        **{f"by {name}": count for name, count in sorted(repaired.items())},
    }
