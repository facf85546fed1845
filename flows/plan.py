"""The `plan` flow: enrols customers in one cadence and plans their next touches."""

from pathlib import Path

from prefect import State, flow, get_run_logger
from prefect.states import Failed

from contacts.cadences.faults import Fault
from contacts.delivery.planning.plan import plan as plan_cadences
from contacts.delivery.reports import PlanCounts
from contacts.record.clock import present
from contacts.workspace.closing import keep_in_hand
from contacts.workspace.plannable import Plannable, plannable
from flows.telling import tell, tell_faults
from flows.wording import planned_row, planned_words
from flows.workspace import opened_record, settings_of_run


@flow(flow_run_name="plan", retries=0, persist_result=False)
async def plan(cadence: str) -> State[None] | None:
    """Enrol whom `cadence` takes in today, and plan every next touch of its customers.

    Fails where its own file, or a message that it names, has a fault; one in another file holds up
    only that other cadence.
    """
    settings = settings_of_run()
    found = plannable(settings)
    if own := found.held.get(cadence):
        await tell_faults(own, within=settings.workspace, key=_key(cadence, "-faults"))
        whose = "its file" if any(map(_is_of_a_cadence, own)) else "a message of it"
        await tell(f"plan · {cadence}: not planned, for {whose} has a fault")
        return Failed(message=f"Not planned, for {whose} has a fault.")
    if cadence not in {loaded.name for loaded in found.cadences}:
        await tell(f"plan · {cadence}: its file is gone")
        return None
    _warn_of_the_missing(cadence, found)
    with opened_record(settings) as engine:
        now = present(engine)
        report = plan_cadences(
            engine,
            found.cadences,
            settings=settings,
            now=now,
            only=frozenset({cadence}),
            some_held=bool(found.held),
        )
        keep_in_hand(engine, settings, report.ended, now=now)
    counts = report.of(cadence)
    idle = counts == PlanCounts()
    await tell(
        f"plan · {cadence}: {planned_words(counts)}",
        rows=[] if idle else [planned_row(cadence, counts)],
        key=_key(cadence),
        description=f"What the planner did for '{cadence}'.",
    )
    return None


def _is_of_a_cadence(fault: Fault) -> bool:
    return Path(fault.path).suffix in (".yaml", ".yml")


def _key(cadence: str, suffix: str = "") -> str:
    """Prefect forbids an underscore in a key."""
    return f"plan-{cadence}{suffix}".replace("_", "-")


def _warn_of_the_missing(name: str, found: Plannable) -> None:
    idle = {one.name for one in found.cadences if one.cadence.start.on == "customer.idle"}
    if found.held and name in idle:
        get_run_logger().warning(
            "Nobody new starts on '%s' until every cadence can be planned: they may be meant for "
            "another.",
            name,
        )
