"""The `plan` flow: enrols customers in one cadence and plans their next touches."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from prefect import State, flow, get_run_logger
from prefect.states import Failed

from contacts.cadences.faults import Fault
from contacts.cadences.loaded import LoadedCadence
from contacts.delivery.plan import plan as plan_cadences
from contacts.delivery.reports import PlanCounts
from contacts.workspace.files import sound_cadences
from flows.telling import tell, tell_faults
from flows.wording import planned_row, planned_words
from flows.workspace import opened_record, settings_of_run


@flow(flow_run_name="plan", retries=0, persist_result=False)
async def plan(cadence: str) -> State[None] | None:
    """Enrol whom `cadence` takes in today, and plan every next touch of its customers.

    Fails where its own file has a fault; one in another file holds up only that other cadence.
    """
    settings = settings_of_run()
    cadences, faults = sound_cadences(settings.workspace / "cadences")
    if own := [fault for fault in faults if Path(fault.path).stem == cadence]:
        await tell_faults(own, within=settings.workspace, key=_key(cadence, "-faults"))
        await tell(f"plan · {cadence}: not planned, for its file has a fault")
        return Failed(message="Not planned, for the cadence's file has a fault.")
    if cadence not in {loaded.name for loaded in cadences}:
        await tell(f"plan · {cadence}: its file is gone")
        return None
    _warn_of_the_missing(cadence, cadences, faults)
    with opened_record(settings) as engine:
        report = plan_cadences(
            engine,
            cadences,
            settings=settings,
            now=datetime.now(UTC),
            only=frozenset({cadence}),
            some_missing=bool(faults),
        )
    counts = report.of(cadence)
    idle = counts == PlanCounts()
    await tell(
        f"plan · {cadence}: {planned_words(counts)}",
        rows=[] if idle else [planned_row(cadence, counts)],
        key=_key(cadence),
        description=f"What the planner did for '{cadence}'.",
    )
    return None


def _key(cadence: str, suffix: str = "") -> str:
    """Prefect forbids an underscore in a key."""
    return f"plan-{cadence}{suffix}".replace("_", "-")


def _warn_of_the_missing(
    name: str, cadences: Sequence[LoadedCadence], faults: Sequence[Fault]
) -> None:
    idle = {one.name for one in cadences if one.cadence.start.on == "customer.idle"}
    if faults and name in idle:
        get_run_logger().warning(
            "Nobody new starts on '%s' until every cadence can be read: they may be meant for "
            "another.",
            name,
        )
