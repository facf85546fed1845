"""The `tidy` flow: removes what is older than the settings keep it, and puts the queue in order."""

from datetime import datetime, timedelta

from prefect import flow, get_client, get_run_logger
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterEndTime
from prefect.client.schemas.sorting import FlowRunSort

from contacts.record.clock import present
from contacts.record.upkeep.queue_order import put_in_order
from contacts.record.upkeep.retention import Removed, remove_old
from flows.telling import tell
from flows.wording import counted
from flows.workspace import opened_record, settings_of_run

_PAGE = 200
_MOST_PAGES = 25
"""The server's own vacuum keeps up; this is for a server that was set up without it."""


@flow(flow_run_name="tidy", retries=0, persist_result=False)
async def tidy() -> None:
    """Remove old words, raw events and flow runs; what happened stays on record."""
    settings = settings_of_run()
    with opened_record(settings) as engine:
        now = present(engine)
        removed = remove_old(engine, settings=settings, now=now)
        why_not = put_in_order(engine)
    if why_not:
        get_run_logger().info("The queue stays as it is until the next run: %s.", why_not)
    async with get_client() as client:
        runs = await remove_runs(client, before=now - timedelta(days=settings.run_retention_days))
    await tell(f"tidy · {summary(removed, runs)}")


async def remove_runs(client: PrefectClient, *, before: datetime) -> int:
    """Delete flow runs that ended before then, oldest thousands first; return how many."""
    ended = FlowRunFilter(end_time=FlowRunFilterEndTime(before_=before))
    count = 0
    for _ in range(_MOST_PAGES):
        runs = await client.read_flow_runs(
            flow_run_filter=ended, sort=FlowRunSort.START_TIME_ASC, limit=_PAGE
        )
        for run in runs:
            await client.delete_flow_run(run.id)
        count += len(runs)
        if len(runs) < _PAGE:
            break
    return count


def summary(removed: Removed, runs: int) -> str:
    """What was removed, in a few words."""
    return counted(
        (
            (removed.bodies, "message texts removed"),
            (removed.replies, "replies emptied"),
            (removed.payloads, "raw events removed"),
            (runs, "flow runs removed"),
        ),
        otherwise="nothing old",
    )
