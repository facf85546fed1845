"""The `send` flow: sends whatever is due over all cadences and settles what is in doubt."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from httpx import HTTPError
from prefect import State, flow, get_client, get_run_logger
from prefect.client.orchestration import PrefectClient
from prefect.context import FlowRunContext
from prefect.runtime import flow_run
from prefect.states import Failed

from contacts.delivery.pausing.halt import Halt
from contacts.delivery.pausing.resume import begin_pass, end_pass
from contacts.delivery.reports import SendReport
from contacts.delivery.settle import settle
from contacts.delivery.tick import Tick
from contacts.record.clock import present
from contacts.record.errors import RecordError
from contacts.record.sending.live import refuse_rehearsal
from contacts.settings import Settings
from contacts.workspace.plannable import plannable
from flows.finishing import finishing_first
from flows.pauses import ask_paused
from flows.running.dead_runs import close_dead_runs, drop_missed_runs
from flows.running.one_send import one_send, this_worker
from flows.standing import standing_notes, standing_words, tell_standing
from flows.strange_standin import at_strange_standin
from flows.telling import tell, tell_faults, tell_halt, tell_touches
from flows.wording import sent_rows, sent_words, without_values
from flows.workspace import opened_record, settings_of_run, without_people

_UNWRITTEN = "What is due was sent, save where its words could not be written: see the log."


@flow(flow_run_name="send", retries=0, persist_result=False)
async def send() -> State[None] | None:
    """Send what is due now, of every cadence that nobody paused.

    Fails after all is done where words could not be written, so that somebody sees to it. Told to
    stop, it begins nothing more and ends well with what it did.
    """
    settings = settings_of_run()
    with one_send(settings) as ours:
        if ours:
            return await _send(settings)
    await tell("send · another run of this worker is sending")
    return None


async def _send(settings: Settings) -> State[None] | None:
    async with get_client() as client:
        await _close_what_is_over(client, settings)
        paused = await ask_paused(client, settings)
    if refused := await at_strange_standin(settings, "send"):
        return refused  # before its list is taken for proof of absence
    with opened_record(settings) as engine, finishing_first(then_end=False) as go_on:
        refuse_rehearsal(engine, settings)
        now = present(engine)
        needs_review = await settle(engine, settings, now=now, go_on=go_on)
        now = present(engine)  # a provider's list may have taken its time
        pace = begin_pass(engine, settings, now=now)
        if isinstance(pace, Halt):
            await tell_halt(pace)
            return None
        if pace is not None:
            get_run_logger().warning("%s", pace.words)
        one_pass = Tick(engine, settings, now)
        report = await one_pass.send(paused=paused, go_on=go_on, pace=pace)
        said = sent_words(report, needs_review)
        try:
            with without_people():
                end_pass(engine, settings, now=present(engine))
                if go_on():
                    _plan_on(one_pass, report, paused)
                standing = tell_standing(engine, now=present(engine))
        except RecordError:  # what has left must be told all the same
            await _tell(f"{said}, then the record failed", report, settings, "")
            raise
    said = f"{said}{standing_words(standing)}"
    notes = standing_notes(standing, now=datetime.now(UTC))
    return await _tell(said if go_on() else f"{said}, told to stop", report, settings, notes)


async def _close_what_is_over(client: PrefectClient, settings: Settings) -> None:
    """Close what dead workers left, and drop the runs that this one stands for.

    Prefect's pages are the better for it; no message waits for that.
    """
    now = datetime.now(UTC)
    try:
        closed = await close_dead_runs(client, now=now, but=UUID(flow_run.id))
        if served := _deployment():
            since = now - timedelta(minutes=settings.send_minutes)
            await drop_missed_runs(client, served, before=since)
    except HTTPError as error:
        get_run_logger().warning("Prefect did not let us tidy its runs: %s", error)
        return
    if closed:
        get_run_logger().info("Closed %d runs whose process was gone.", len(closed))


def _deployment() -> UUID | None:
    """Whose run this is, from the run itself: `prefect.runtime` asks the server by a new client."""
    run = FlowRunContext.get()
    return run.flow_run.deployment_id if run is not None and run.flow_run is not None else None


async def _tell(
    said: str, report: SendReport, settings: Settings, notes: str
) -> State[None] | None:
    await tell(
        f"send · {said}",
        rows=sent_rows(report),
        key="send",
        description=f"What the send flow did for each cadence.{notes}",
        tags=[this_worker(), *(name for name, of in report.cadences.items() if of.sent)],
    )
    await tell_touches(report.gone, key="send-touches")
    if not report.broken:
        return None
    faults = sorted(map(without_values, report.broken))
    await tell_faults(faults, within=settings.workspace, key="send-faults")
    return Failed(message=_UNWRITTEN)


def _plan_on(one_pass: Tick, sent: SendReport, paused: frozenset[str]) -> None:
    """The files are read only where something follows."""
    if sent.cadences:
        found = plannable(one_pass.settings)
        one_pass.plan_on(
            found.cadences,
            sent,
            some_held=bool(found.held),
            paused=paused,
            now=present(one_pass.engine),
        )
