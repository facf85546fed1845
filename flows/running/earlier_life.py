"""What an earlier `touchline up` left in Prefect when it ended: closed before a new one begins.

Only where this process is the one runner of its server: elsewhere these runs may be alive.
"""

from collections.abc import Collection
from datetime import datetime

from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.actions import GlobalConcurrencyLimitUpdate
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterExpectedStartTime,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import FlowRun, State, StateType
from prefect.states import Crashed

_PAGE = 200


async def close_earlier_life(client: PrefectClient, *, now: datetime) -> None:
    """Close runs whose process is gone, drop the ones that were missed, free their slots."""
    alive = [StateType.RUNNING, StateType.PENDING, StateType.CANCELLING]
    for run in await _runs(client, FlowRunFilter(state=_in(alive))):
        gone: State[None] = Crashed(
            message="Its process ended together with an earlier 'touchline up'."
        )
        await client.set_flow_run_state(run.id, gone, force=True)
    missed = FlowRunFilter(
        state=_in([StateType.SCHEDULED]),
        expected_start_time=FlowRunFilterExpectedStartTime(before_=now),
    )
    for run in await _runs(client, missed):
        await client.delete_flow_run(run.id)
    for limit in await client.read_global_concurrency_limits(limit=_PAGE):
        if limit.active_slots:
            await client.update_global_concurrency_limit(
                limit.name, GlobalConcurrencyLimitUpdate(active_slots=0)
            )


async def remove_deployments_but(client: PrefectClient, names: Collection[str]) -> None:
    """Remove deployments of cadences whose file is gone; nobody would run what they schedule."""
    flows = {flow.id: flow.name for flow in await client.read_flows()}
    for deployment in await client.read_deployments():
        if f"{flows[deployment.flow_id]}/{deployment.name}" not in names:
            await client.delete_deployment(deployment.id)


def _in(states: list[StateType]) -> FlowRunFilterState:
    return FlowRunFilterState(type=FlowRunFilterStateType(any_=states))


async def _runs(client: PrefectClient, wanted: FlowRunFilter) -> list[FlowRun]:
    found: list[FlowRun] = []
    while page := await client.read_flow_runs(
        flow_run_filter=wanted, limit=_PAGE, offset=len(found)
    ):
        found += page
    return found
