"""The `send` flow: sends whatever is due over all cadences and settles what is in doubt."""

from datetime import UTC, datetime

from prefect import State, flow, get_client
from prefect.states import Failed
from sqlalchemy import Engine

from contacts.channels.outbox import open_outbox
from contacts.delivery.plan import plan
from contacts.delivery.reconcile import reconcile
from contacts.delivery.send import send_due
from contacts.messages.templates import templates_of
from contacts.settings import Settings
from contacts.workspace.files import sound_cadences
from flows.finishing import finishing_first
from flows.pauses import ask_paused
from flows.telling import tell, tell_faults, tell_touches
from flows.wording import sent_rows, sent_words, without_values
from flows.workspace import opened_record, settings_of_run

_UNWRITTEN = "What is due was sent, save where its words could not be written: see the log."


@flow(flow_run_name="send", retries=0, persist_result=False)
async def send() -> State[None] | None:
    """Send what is due now, of every cadence that nobody paused.

    Fails after all is done where words could not be written, so that somebody sees to it.
    """
    settings = settings_of_run()
    async with get_client() as client:
        paused = await ask_paused(client, settings)
    now = datetime.now(UTC)
    with opened_record(settings) as engine, finishing_first() as go_on:
        needs_review = reconcile(engine, now=now)
        async with open_outbox(settings) as outbox:
            report = await send_due(
                engine,
                outbox,
                settings=settings,
                templates=templates_of(settings),
                now=now,
                paused=paused,
                go_on=go_on,
            )
        _plan_on(engine, settings, frozenset(report.cadences) - paused)
    await tell(
        f"send · {sent_words(report, needs_review)}",
        rows=sent_rows(report),
        key="send",
        description="What the send flow did for each cadence.",
        tags=[name for name, counts in report.cadences.items() if counts.sent],
    )
    await tell_touches(report.gone, key="send-touches")
    if not report.broken:
        return None
    faults = sorted(map(without_values, report.broken))
    await tell_faults(faults, within=settings.workspace, key="send-faults")
    return Failed(message=_UNWRITTEN)


def _plan_on(engine: Engine, settings: Settings, cadences: frozenset[str]) -> None:
    """Plan what follows what has just been sent, so that nobody is without a next touch."""
    if cadences:
        loaded, faults = sound_cadences(settings.workspace / "cadences")
        plan(
            engine,
            loaded,
            settings=settings,
            now=datetime.now(UTC),
            only=cadences,
            some_missing=bool(faults),
        )
