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
from prefect.runner import Runner
from prefect.schedules import Cron, Interval, Schedule
from prefect.types.entrypoint import EntrypointType

from contacts.settings import Settings
from contacts.workspace.files import load_cadences
from flows.pauses import is_paused
from flows.running.earlier_life import close_earlier_life, remove_deployments_but
from flows.running.zombies import watch_for_zombies
from flows.schedule import Row, schedule

RUNS_AT_ONCE = 4
_POLL_SECONDS = 2.0
_LONGEST_STOP = 60
_ANCHOR = datetime(2020, 1, 1, tzinfo=UTC)


async def serve(settings: Settings, *, alone: bool) -> None:
    """Run the workspace's flows on their schedules until SIGTERM.

    `alone` says that no other runner works with this Prefect server: then what an earlier life left
    behind is closed, and everything is run once at the start.
    """
    rows = _rows(settings)
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
        ids = {
            row: await runner.aadd_deployment(deployment)
            for row, deployment in zip(rows, await deployments(rows, paused), strict=True)
        }
        async with asyncio.TaskGroup() as group:
            served = group.create_task(runner.start())
            group.create_task(_stop_at_sigterm(runner))
            first = group.create_task(_first_pass(client, ids)) if alone else None
            await served
            if first is not None:
                first.cancel()


async def register(settings: Settings, pool: str) -> list[str]:
    """Register the workspace's deployments on a work pool, for workers anywhere to run.

    Returns their names. A worker needs Touchline installed, the workspace under the same path, and
    the secrets in its own environment.
    """
    rows = _rows(settings)
    async with get_client() as client:
        paused = await paused_rows(client)
    for deployment in await deployments(rows, paused):
        deployment.job_variables = {"env": {"TOUCHLINE_WORKSPACE": str(settings.workspace)}}
        await deployment.aapply(work_pool_name=pool)
    return [row.name for row in rows]


async def deployments(rows: Sequence[Row], paused: Collection[str] = ()) -> list[RunnerDeployment]:
    """The rows as Prefect deployments, found by module path whatever the current folder is.

    `paused` has the full names, plan/onboarding, of those that are to stay switched off.
    """
    return [
        await flow_of(row).ato_deployment(
            name=row.deployment,
            # The UI's switch is the schedule's; a deployment paused otherwise gets it back.
            schedule=_when(row, active=row.name not in paused),
            paused=False,
            # A run that comes while another is under way has nothing left to do.
            concurrency_limit=ConcurrencyLimitConfig(
                limit=1, collision_strategy=ConcurrencyLimitStrategy.CANCEL_NEW
            ),
            parameters=dict(row.parameters),
            description=row.description,
            tags=list(row.tags),
            entrypoint_type=EntrypointType.MODULE_PATH,
        )
        for row in rows
    ]


def flow_of(row: Row) -> Flow[..., None]:
    """The flow a row deploys: the function of that name in the module of that name."""
    flow: Flow[..., None] = getattr(import_module(f"flows.{row.flow}"), row.flow)
    return flow


def _rows(settings: Settings) -> list[Row]:
    cadences = load_cadences(settings.workspace / "cadences")
    return schedule(settings, [loaded.name for loaded in cadences])


def _when(row: Row, *, active: bool) -> Schedule:
    if row.every is not None:
        anchor = _ANCHOR + row.offset
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
