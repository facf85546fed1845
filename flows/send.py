"""The `send` flow: sends whatever is due over all cadences and settles what is in doubt."""

from datetime import UTC, datetime

from prefect import flow, get_client
from sqlalchemy import Engine

from contacts.channels.outbox import open_outbox
from contacts.delivery.plan import plan
from contacts.delivery.reconcile import reconcile
from contacts.delivery.send import send_due
from contacts.messages.templates import templates_of
from contacts.settings import Settings
from contacts.workspace.files import load_cadences
from flows.finishing import finishing_first
from flows.pauses import ask_paused
from flows.telling import tell
from flows.wording import sent_rows, sent_words
from flows.workspace import opened_record, settings_of_run


@flow(flow_run_name="send", retries=0, persist_result=False)
async def send() -> None:
    """Send what is due now, of every cadence that nobody paused."""
    settings = settings_of_run()
    async with get_client() as client:
        paused = await ask_paused(client, settings)
    now = datetime.now(UTC)
    with opened_record(settings) as engine, finishing_first():
        needs_review = reconcile(engine, now=now)
        async with open_outbox(settings) as outbox:
            report = await send_due(
                engine,
                outbox,
                settings=settings,
                templates=templates_of(settings),
                now=now,
                paused=paused,
            )
        _plan_on(engine, settings, frozenset(report.cadences) - paused)
    await tell(
        f"send · {sent_words(report, needs_review)}",
        rows=sent_rows(report),
        key="send",
        description="What the send flow did for each cadence.",
        tags=[name for name, counts in report.cadences.items() if counts.sent],
    )


def _plan_on(engine: Engine, settings: Settings, cadences: frozenset[str]) -> None:
    """Plan what follows what has just been sent, so that nobody is without a next touch."""
    if cadences:
        loaded = load_cadences(settings.workspace / "cadences")
        plan(engine, loaded, settings=settings, now=datetime.now(UTC), only=cadences)
