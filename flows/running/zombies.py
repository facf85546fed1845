"""The automation that marks a run `Crashed` when its heartbeat stops, as when its machine dies."""

from datetime import timedelta

from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.objects import StateType
from prefect.events.actions import ChangeFlowRunState
from prefect.events.schemas.automations import AutomationCore, EventTrigger, Posture
from prefect.events.schemas.events import ResourceSpecification

NAME = "A run without a heartbeat has crashed"
BEAT = "prefect.flow-run.heartbeat"
_ENDS = ("Completed", "Failed", "Cancelled", "Crashed")


async def watch_for_zombies(client: PrefectClient) -> None:
    """Create the automation unless it is there; one that somebody switched off stays off."""
    if await client.read_automations_by_name(NAME):
        return
    await client.create_automation(
        AutomationCore(
            name=NAME,
            description="Flow runs beat every 30 seconds; three missed beats end one.",
            trigger=EventTrigger(
                after={BEAT},
                expect={BEAT, *(f"prefect.flow-run.{end}" for end in _ENDS)},
                match=ResourceSpecification({"prefect.resource.id": ["prefect.flow-run.*"]}),
                for_each={"prefect.resource.id"},
                posture=Posture.Proactive,
                threshold=1,
                within=timedelta(seconds=90),
            ),
            actions=[ChangeFlowRunState(state=StateType.CRASHED, message="It stopped reporting.")],
        )
    )
