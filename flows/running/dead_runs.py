"""Runs that Prefect shows as under way though their process is gone, and runs that were missed.

A worker that is killed together with its run, or with the server down, leaves a run `Running` that
nobody will ever end. Nothing waits for it; it is closed so that the pages tell the truth.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.filters import (
    FlowFilter,
    FlowFilterName,
    FlowRunFilter,
    FlowRunFilterDeploymentId,
    FlowRunFilterExpectedStartTime,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import FlowRun, State, StateType
from prefect.client.schemas.responses import DeploymentResponse
from prefect.events.filters import (
    EventFilter,
    EventNameFilter,
    EventOccurredFilter,
    EventResourceFilter,
)
from prefect.exceptions import ObjectNotFound
from prefect.states import Crashed

from flows.running.zombies import BEAT

SILENCE = timedelta(minutes=3)
"""Six beats; a run that has not even begun to beat by then never will."""
OUR_FLOWS = ("sync", "plan", "send", "care", "digest", "tidy")
UNDER_WAY = (StateType.RUNNING, StateType.PENDING, StateType.CANCELLING)
_PAGE = 200


async def close_dead_runs(
    client: PrefectClient, *, now: datetime, but: UUID | None = None
) -> list[UUID]:
    """Mark `Crashed` what has been silent for too long, of our deployments; returns their ids.

    Neither a run that is younger, nor anybody else's, nor the run `but` is touched.
    """
    quiet = [
        run
        for run in await runs_of(client, UNDER_WAY)
        if run.id != but and run.state is not None and now - run.state.timestamp > SILENCE
    ]
    if not quiet:
        return []
    ours = {one.id for one in await our_deployments(client)}
    dead = [
        run.id
        for run in quiet
        if run.deployment_id in ours and not await _was_heard(client, run.id, now=now)
    ]
    for run_id in dead:
        await close(client, run_id, "It has not reported for minutes: its process is gone.")
    return dead


async def drop_missed_runs(client: PrefectClient, deployment: UUID, *, before: datetime) -> int:
    """Drop runs of this deployment that nobody started in time: a later one does all they would."""
    missed = await runs_of(client, [StateType.SCHEDULED], {deployment}, before=before)
    for run in missed:
        await drop(client, run.id)
    return len(missed)


async def our_deployments(client: PrefectClient) -> list[DeploymentResponse]:
    """The deployments of Touchline's own flows, of all that a server has."""
    found = await client.read_deployments(flow_filter=_OURS)
    return [one for one in found if one.entrypoint in _ENTRYPOINTS]


async def runs_of(
    client: PrefectClient,
    states: Sequence[StateType],
    deployments: set[UUID] | None = None,
    *,
    before: datetime | None = None,
) -> list[FlowRun]:
    """Runs of our flows in these states, of these deployments, expected to start `before`."""
    wanted = FlowRunFilter(state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[*states])))
    if deployments is not None:
        wanted.deployment_id = FlowRunFilterDeploymentId(any_=list(deployments))
    if before is not None:
        wanted.expected_start_time = FlowRunFilterExpectedStartTime(before_=before)
    found: list[FlowRun] = []
    while page := await client.read_flow_runs(
        flow_filter=_OURS, flow_run_filter=wanted, limit=_PAGE, offset=len(found)
    ):
        found += page
    return found


async def close(client: PrefectClient, run_id: UUID, why: str) -> None:
    """Mark the run `Crashed`, which frees what it held of Prefect's limits."""
    gone: State[None] = Crashed(message=why)
    try:
        await client.set_flow_run_state(run_id, gone, force=True)
    except ObjectNotFound:
        return  # somebody has deleted it meanwhile


async def drop(client: PrefectClient, run_id: UUID) -> None:
    """Delete a run that never began."""
    try:
        await client.delete_flow_run(run_id)
    except ObjectNotFound:
        return  # another worker was faster


async def _was_heard(client: PrefectClient, run_id: UUID, *, now: datetime) -> bool:
    beats = EventFilter(
        occurred=EventOccurredFilter(since=now - SILENCE, until=now),
        event=EventNameFilter(name=[BEAT]),
        resource=EventResourceFilter(id=[f"prefect.flow-run.{run_id}"]),
    )
    return bool((await client.read_events(beats, limit=1)).events)


_OURS = FlowFilter(name=FlowFilterName(any_=list(OUR_FLOWS)))
_ENTRYPOINTS = {f"flows.{name}.{name}" for name in OUR_FLOWS}
