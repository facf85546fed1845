"""The `plan` flow: enrols customers in one cadence and plans their next touches."""

from datetime import UTC, datetime

from prefect import flow

from contacts.delivery.plan import plan as plan_cadences
from contacts.delivery.reports import PlanCounts
from contacts.workspace.files import load_cadences
from flows.telling import tell
from flows.wording import planned_row, planned_words
from flows.workspace import opened_record, settings_of_run


@flow(flow_run_name="plan", retries=0, persist_result=False)
async def plan(cadence: str) -> None:
    """Enrol whom `cadence` takes in today, and plan every next touch of its customers."""
    settings = settings_of_run()
    cadences = load_cadences(settings.workspace / "cadences")
    if cadence not in {loaded.name for loaded in cadences}:
        await tell(f"plan · {cadence}: its file is gone")
        return
    with opened_record(settings) as engine:
        report = plan_cadences(
            engine,
            cadences,
            settings=settings,
            now=datetime.now(UTC),
            only=frozenset({cadence}),
        )
    counts = report.of(cadence)
    idle = counts == PlanCounts()
    await tell(
        f"plan · {cadence}: {planned_words(counts)}",
        rows=[] if idle else [planned_row(cadence, counts)],
        key=f"plan-{cadence}".replace("_", "-"),
        description=f"What the planner did for '{cadence}'.",
    )
