"""`touchline tick`: one pass of plan, send and reconcile, without Prefect."""

import asyncio
import json
import socket
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from contacts.settings import Settings
from flows.failure import REFUSED, WORLD, Failure
from flows.pauses import last_known_paused
from flows.workspace import record_of, settings_of

if TYPE_CHECKING:  # what sends takes a second to import
    from contacts.delivery.tick import TickReport


def command(
    context: typer.Context,
    at: Annotated[
        str | None,
        typer.Option(
            metavar="INSTANT",
            help="As of this instant, e.g. 2026-11-20T09:00:00Z. Default: now.",
            show_default=False,
        ),
    ] = None,
    json_: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Plan every cadence, send what is due and settle what is in doubt, once; without Prefect."""
    from contacts.delivery.plan import plan
    from contacts.delivery.tick import tick
    from contacts.workspace.files import load_cadences

    settings = settings_of(context)
    now = _instant(at, settings)
    cadences = load_cadences(settings.workspace / "cadences")
    engine = record_of(settings)
    try:
        if not _can_send(settings):
            plan(engine, cadences, settings=settings, now=now)
            raise Failure(
                f"planned, and sent nothing: the stand-in does not answer at "
                f"{settings.standin_url}. What is due stays planned; start 'touchline up', or set "
                "the providers' credentials.",
                WORLD,
            )
        report = asyncio.run(
            tick(engine, cadences, settings=settings, now=now, paused=last_known_paused(settings))
        )
    finally:
        engine.dispose()
    typer.echo(_as_json(report) if json_ else _as_text(report))


def _instant(at: str | None, settings: Settings) -> datetime:
    now = datetime.now(UTC)
    if at is None:
        return now
    try:
        instant = datetime.fromisoformat(at)
    except ValueError:
        raise Failure(
            f"--at {at}: not an instant; write it like 2026-11-20T09:00:00Z", REFUSED
        ) from None
    if instant.tzinfo is None:
        raise Failure(f"--at {at}: names no zone; add Z for UTC, or an offset", REFUSED)
    if settings.email_is_live or settings.sms_is_live:
        raise Failure(
            "--at rehearses another time, and a provider is live: customers would receive it now. "
            "Leave out --at, or the credentials.",
            REFUSED,
        )
    return instant.astimezone(UTC)


def _can_send(settings: Settings) -> bool:
    """Whether everything answers that messages go to; tries are not wasted on a closed port."""
    if settings.email_is_live and settings.sms_is_live:
        return True
    try:
        with socket.create_connection(("127.0.0.1", settings.standin_port), timeout=2):
            return True
    except OSError:
        return False


def _as_text(report: "TickReport") -> str:
    from flows.wording import planned_words, sent_words

    plans = [f"plan · {name}: {planned_words(of)}" for name, of in report.planned.cadences.items()]
    return "\n".join([*plans, f"send · {sent_words(report.sent, report.needs_review)}"])


def _as_json(report: "TickReport") -> str:
    from flows.wording import planned_row, sent_rows

    said: dict[str, Any] = {
        "planned": [planned_row(name, of) for name, of in report.planned.cadences.items()],
        "sent": sent_rows(report.sent),
        "needs_review": report.needs_review,
    }
    return json.dumps(said, indent=2)
