"""What an earlier `touchline up` left in Prefect when it ended: closed before a new one begins.

Only where this process is the one runner of its server: elsewhere these runs may be alive.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.actions import GlobalConcurrencyLimitUpdate
from prefect.client.schemas.objects import StateType

from flows.running.dead_runs import (
    UNDER_WAY,
    close,
    close_dead_runs,
    drop,
    drop_missed_runs,
    our_deployments,
    runs_of,
)

_A_WORKER_LOOKS = timedelta(minutes=1)
_PAGE = 200


async def close_earlier_life(client: PrefectClient, *, now: datetime) -> None:
    """Close runs whose process is gone, drop the ones that were missed, free their slots.

    A run on a work pool may be alive on another machine: it is closed once it is silent.
    """
    ours = await our_deployments(client)
    served = {one.id for one in ours if one.work_pool_name is None}
    pooled = {one.id for one in ours} - served
    if served:
        for run in await runs_of(client, UNDER_WAY, served):
            await close(
                client, run.id, "Its process ended together with an earlier 'touchline up'."
            )
        for run in await runs_of(client, [StateType.SCHEDULED], served, before=now):
            await drop(client, run.id)
        await _free_slots(client, served)
    await close_dead_runs(client, now=now)
    for deployment in pooled:
        await drop_missed_runs(client, deployment, before=now - _A_WORKER_LOOKS)


async def remove_deployments_but(client: PrefectClient, names: Collection[str]) -> None:
    """Remove deployments of cadences whose file is gone; nobody would run what they schedule."""
    flows = {flow.id: flow.name for flow in await client.read_flows()}
    for deployment in await our_deployments(client):
        if f"{flows[deployment.flow_id]}/{deployment.name}" not in names:
            await client.delete_deployment(deployment.id)


async def _free_slots(client: PrefectClient, deployments: Collection[UUID]) -> None:
    """Prefect keeps its leases in the server's memory, and forgets them when that is killed."""
    theirs = {f"deployment:{deployment}" for deployment in deployments}
    for limit in await client.read_global_concurrency_limits(limit=_PAGE):
        if limit.active_slots and limit.name in theirs:
            await client.update_global_concurrency_limit(
                limit.name, GlobalConcurrencyLimitUpdate(active_slots=0)
            )
