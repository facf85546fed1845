"""The `care` flow: proves that no customer is stale, or counts the exceptions."""

from datetime import UTC, datetime

from prefect import flow
from prefect.events import emit_event
from prefect.runtime import flow_run

from contacts.care.freshness import Freshness, freshness
from contacts.record.engine import reading
from flows.telling import tell
from flows.wording import Row, counted
from flows.workspace import opened_record, settings_of_run

EXCEPTIONS = "touchline.freshness.exceptions"
"""The event that an automation may watch: some customers have nothing planned."""


@flow(flow_run_name="care", retries=0, persist_result=False)
async def care() -> None:
    """Count who is in hand and who is not; `touchline stale` names them."""
    settings = settings_of_run()
    with opened_record(settings) as engine, reading(engine) as connection:
        found = freshness(connection, now=datetime.now(UTC), settings=settings, limit=1)
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
            payload={"uncovered": found.uncovered_count, "active": found.active},
        )
    await tell(
        f"care · {summary(found)}",
        rows=[row(found)],
        key="freshness",
        description="The proof that nobody goes stale. 'touchline stale' names the exceptions.",
    )


def summary(found: Freshness) -> str:
    """The proof in a few words."""
    return counted(
        (
            (found.covered, f"of {found.active} in hand"),
            (found.uncovered_count, "with nothing planned"),
        ),
        otherwise="no active customers",
    )


def row(found: Freshness) -> Row:
    """The proof as a row of counts."""
    return {
        "active": found.active,
        "by a planned touch": found.by_touch,
        "by a task": found.by_task,
        "waived": found.waived,
        "nothing planned": found.uncovered_count,
        "out of touch too long": found.overdue,
    }
