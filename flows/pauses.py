"""Which cadences are paused: those whose `plan` schedule somebody switched off in the Prefect UI.

The last answer is kept in a file, so that a tick without Prefect keeps to it.
"""

from typing import TYPE_CHECKING

from contacts.settings import Settings
from contacts.workspace.paused import keep_paused

if TYPE_CHECKING:
    from prefect.client.orchestration import PrefectClient
    from prefect.client.schemas.responses import DeploymentResponse


async def ask_paused(client: "PrefectClient", settings: Settings) -> frozenset[str]:
    """The names of the paused cadences, from the Prefect API."""
    from prefect.client.schemas.filters import FlowFilter, FlowFilterName

    deployments = await client.read_deployments(
        flow_filter=FlowFilter(name=FlowFilterName(any_=["plan"]))
    )
    paused = frozenset(deployment.name for deployment in deployments if is_paused(deployment))
    keep_paused(settings, paused)
    return paused


def is_paused(deployment: "DeploymentResponse") -> bool:
    """Whether its schedule was switched off, as the UI does it, or the deployment itself."""
    return deployment.paused or not any(schedule.active for schedule in deployment.schedules)
