"""The work pool whose workers run the `send` deployment, and what a run on it is started with."""

from uuid import UUID

from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.deployments.runner import RunnerDeployment
from prefect.exceptions import ObjectAlreadyExists, ObjectNotFound
from prefect.workers.process import ProcessWorker

from contacts.settings import Settings
from flows.running.server import HEARTBEAT_SECONDS
from flows.running.workers import SEND_QUEUE

_COMMAND = "python -m flows.running.gentle_run"


async def ensure_pool(client: PrefectClient, name: str) -> None:
    """Make the process work pool unless it is there; a worker may make it at the same moment."""
    try:
        await client.read_work_pool(name)
    except ObjectNotFound:
        pool = WorkPoolCreate(
            name=name,
            type=ProcessWorker.type,
            description="Its workers run Touchline's flows.",
            base_job_template=ProcessWorker.get_default_base_job_template(),
        )
        try:
            await client.create_work_pool(pool)
        except ObjectAlreadyExists:
            return


async def register_on(pool: str, deployment: RunnerDeployment, settings: Settings) -> UUID:
    """Register a deployment for the pool's workers; returns its id.

    `send` has a queue of its own, so that workers can be told to take one run of it at a time.
    """
    if deployment.flow_name == "send":
        deployment.work_queue_name = SEND_QUEUE
    deployment.job_variables = {
        "command": _COMMAND,
        "env": {
            "TOUCHLINE_WORKSPACE": str(settings.workspace),
            "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": str(HEARTBEAT_SECONDS),
        },
    }
    registered: UUID = await deployment.aapply(work_pool_name=pool)
    return registered
