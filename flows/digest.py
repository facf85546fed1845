"""The `digest` flow: each owner's morning mail with open tasks and new replies."""

from prefect import State, flow

from contacts.delivery.own_words.digest import DigestReport, send_digests
from contacts.delivery.ways_out import ways_out
from contacts.messages.templates import templates_of
from contacts.record.clock import present
from flows.finishing import finishing_first
from flows.strange_standin import at_strange_standin
from flows.telling import tell
from flows.wording import counted
from flows.workspace import opened_record, settings_of_run


@flow(flow_run_name="digest", retries=0, persist_result=False)
async def digest(zone: str | None = None) -> State[None] | None:
    """Mail the owners whose mornings are in `zone`, or all of them; once a day each.

    Told to stop, it begins no more mails and ends well with what it did.
    """
    settings = settings_of_run()
    if not settings.email_is_live and (refused := await at_strange_standin(settings, "digest")):
        return refused
    with opened_record(settings) as engine, finishing_first(then_end=False) as go_on:
        now = present(engine)
        async with ways_out(engine, settings, now=now) as outbox:
            report = await send_digests(
                engine,
                outbox,
                settings=settings,
                templates=templates_of(settings),
                now=now,
                zone=zone,
                go_on=go_on,
            )
    said = summary(report)
    await tell(f"digest · {said if go_on() else f'{said}, told to stop'}")
    return None


def summary(report: DigestReport) -> str:
    """How many owners had mail, in a few words."""
    return counted(
        (
            (report.sent, "sent"),
            (report.already, "sent before"),
            (report.quiet, "with nothing to do"),
            (report.off, "off today"),
            (report.waiting, "waiting"),
            (report.failed, "failed"),
        ),
        otherwise="no owners",
    )
