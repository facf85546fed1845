"""The `send` flow: sends whatever is due over all cadences and settles what is in doubt."""

from datetime import UTC, datetime

from prefect import flow, get_client

from contacts.channels.outbox import open_outbox
from contacts.delivery.reconcile import reconcile
from contacts.delivery.send import send_due
from contacts.messages.templates import templates_of
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
        async with open_outbox(settings) as outbox:
            report = await send_due(
                engine,
                outbox,
                settings=settings,
                templates=templates_of(settings),
                now=now,
                paused=paused,
            )
        needs_review = reconcile(engine, now=now)
    await tell(
        f"send · {sent_words(report, needs_review)}",
        rows=sent_rows(report),
        key="send",
        description="What the send flow did for each cadence.",
        tags=[name for name, counts in report.cadences.items() if counts.sent],
    )
