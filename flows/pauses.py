"""Which cadences are paused: those whose `plan` schedule somebody switched off in the Prefect UI.

The last answer is kept in a file, so that a tick without Prefect keeps to it.
"""

import json
import os
from typing import TYPE_CHECKING

from contacts.settings import Settings

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


def keep_paused(settings: Settings, paused: frozenset[str]) -> None:
    """Keep the answer for a tick without Prefect, which may read it at any moment."""
    settings.make_state()
    aside = settings.state / f"paused.json.{os.getpid()}"
    aside.write_text(json.dumps(sorted(paused)), encoding="utf-8")
    aside.replace(settings.state / "paused.json")


def last_known_paused(settings: Settings) -> frozenset[str]:
    """The paused cadences as Prefect last said; none if it was never asked."""
    path = settings.state / "paused.json"
    return frozenset(json.loads(path.read_text("utf-8"))) if path.exists() else frozenset()


def is_paused(deployment: "DeploymentResponse") -> bool:
    """Whether its schedule was switched off, as the UI does it, or the deployment itself."""
    return deployment.paused or not any(schedule.active for schedule in deployment.schedules)
