"""The flow runner: registers the deployments and runs what falls due, until told to stop."""

import asyncio
import signal
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from importlib import import_module
from uuid import UUID

from prefect import Flow, get_client
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy
from prefect.deployments.runner import RunnerDeployment
from prefect.deployments.schedules import create_deployment_schedule_create
from prefect.runner import Runner
from prefect.schedules import Cron, Interval, Schedule
from prefect.types.entrypoint import EntrypointType

from contacts.settings import Settings
from contacts.workspace.files import readable_cadences
from contacts.workspace.own_cadences import own_cadences
from flows.pauses import is_paused
from flows.running.earlier_life import close_earlier_life, remove_deployments_but
from flows.running.pool import ensure_pool, register_on
from flows.running.workers import POOL
from flows.running.zombies import watch_for_zombies
from flows.schedule import Row, schedule

RUNS_AT_ONCE = 4
_POLL_SECONDS = 2.0
_LONGEST_STOP = 60
_ANCHOR = datetime(2020, 1, 1, tzinfo=UTC)
_ONE_AT_A_TIME = ConcurrencyLimitConfig(
    limit=1, collision_strategy=ConcurrencyLimitStrategy.CANCEL_NEW
)
"""A run that comes while another is under way has nothing left to do."""


async def serve(settings: Settings, *, alone: bool, workers: int = 0) -> None:
    """Run the workspace's flows on their schedules until SIGTERM.

    `alone` says that no other runner works with this Prefect server: then what an earlier life left
    behind is closed, and everything is run once at the start. With `workers` that many runs of
    `send` at a time go to the workers of the pool, and only the rest is run here.
    """
    rows = _rows(settings, workers)
    runner = Runner(
        name="touchline", query_seconds=_POLL_SECONDS, limit=RUNS_AT_ONCE, pause_on_shutdown=False
    )
    async with get_client() as client:
        if alone:
            await close_earlier_life(client, now=datetime.now(UTC))
            await remove_deployments_but(client, {row.name for row in rows})
        await watch_for_zombies(client)
        # Registering anew would resume what somebody paused.
        paused = await paused_rows(client)
        if workers:
            await ensure_pool(client, POOL)
        ids = {}
        for row, deployment in zip(rows, await deployments(rows, paused), strict=True):
            if workers and row.flow == "send":
                ids[row] = await register_on(POOL, deployment, settings)
            else:
                ids[row] = await runner.aadd_deployment(deployment)
        async with asyncio.TaskGroup() as group:
            served = group.create_task(runner.start())
            group.create_task(_stop_at_sigterm(runner))
            first = group.create_task(_first_pass(client, ids)) if alone else None
            await served
            if first is not None:
                first.cancel()


async def register(settings: Settings, pool: str, *, workers: int = 1) -> list[str]:
    """Register the workspace's deployments on a work pool, for workers anywhere to run.

    Returns their names. A worker needs Touchline installed, the workspace under the same path, and
    the secrets in its own environment. `workers` of them send at a time.
    """
    rows = _rows(settings, workers)
    async with get_client() as client:
        await ensure_pool(client, pool)
        paused = await paused_rows(client)
    for deployment in await deployments(rows, paused):
        await register_on(pool, deployment, settings)
    return [row.name for row in rows]


async def deployments(rows: Sequence[Row], paused: Collection[str] = ()) -> list[RunnerDeployment]:
    """The rows as Prefect deployments, found by module path whatever the current folder is.

    `paused` has the full names, plan/onboarding, of those that are to stay switched off.
    """
    return [await _deployment(row, active=row.name not in paused) for row in rows]


async def _deployment(row: Row, *, active: bool) -> RunnerDeployment:
    made: RunnerDeployment = await flow_of(row).ato_deployment(
        name=row.deployment,
        # The UI's switch is the schedule's; a deployment paused otherwise gets it back.
        schedules=[
            create_deployment_schedule_create(_when(row, number, active=active))
            for number in range(row.at_once)
        ],
        paused=False,
        concurrency_limit=_ONE_AT_A_TIME if row.one_at_a_time else None,
        parameters=dict(row.parameters),
        description=row.description,
        tags=list(row.tags),
        entrypoint_type=EntrypointType.MODULE_PATH,
    )
    # What an earlier registration set is kept unless it is named.
    made.work_pool_name = None
    if not row.one_at_a_time:
        made.concurrency_limit = None
    return made


def flow_of(row: Row) -> Flow[..., None]:
    """The flow a row deploys: the function of that name in the module of that name."""
    flow: Flow[..., None] = getattr(import_module(f"flows.{row.flow}"), row.flow)
    return flow


def _rows(settings: Settings, workers: int) -> list[Row]:
    """Also of a cadence with a fault: its `plan` names that, and goes on once it is mended."""
    _, names = readable_cadences(settings.workspace / "cadences", settings.usual_hours)
    own = [one.name for one in own_cadences(settings)]
    return schedule(settings, [*names, *own], workers=workers)


def _when(row: Row, number: int, *, active: bool) -> Schedule:
    if row.every is not None:
        anchor = _ANCHOR + row.offset + timedelta(seconds=number)
        return Interval(row.every, anchor_date=anchor, timezone="UTC", active=active)
    return Cron(row.cron or "", timezone=row.zone, active=active)


async def paused_rows(client: PrefectClient) -> set[str]:
    """The full names, plan/onboarding, of the deployments that somebody switched off."""
    flows = {flow.id: flow.name for flow in await client.read_flows()}
    return {
        f"{flows[deployment.flow_id]}/{deployment.name}"
        for deployment in await client.read_deployments()
        if is_paused(deployment)
    }


async def _first_pass(client: PrefectClient, ids: dict[Row, UUID]) -> None:
    """Sync, plan every cadence, send: once now, so that nobody waits for the first schedule."""
    for flow in ("sync", "plan", "send"):
        started = [
            await client.create_flow_run_from_deployment(deployment)
            for row, deployment in ids.items()
            for _ in range(row.at_once)
            if row.flow == flow and not is_paused(await client.read_deployment(deployment))
        ]
        for run in started:
            await _wait_for(client, run.id)


async def _wait_for(client: PrefectClient, run: UUID) -> None:
    deadline = datetime.now(UTC) + timedelta(minutes=10)
    while datetime.now(UTC) < deadline:
        state = (await client.read_flow_run(run)).state
        if state is not None and state.is_final():
            return
        await asyncio.sleep(0.5)


async def _stop_at_sigterm(runner: Runner) -> None:
    """End gently: the runner's own handler leaves the loop before its flow runs have ended."""
    told = asyncio.Event()
    while not runner.started:
        await asyncio.sleep(0.1)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, told.set)
    await told.wait()
    signal.alarm(_LONGEST_STOP)  # its default action ends us, should Prefect never answer
    await runner.astop()
