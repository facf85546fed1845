"""`touchline review`: messages of which nobody knows whether they arrived, and a person's word."""

import json
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from enum import StrEnum
from textwrap import fill
from typing import TYPE_CHECKING, Annotated

import typer

from contacts.cadences.faults import shown
from contacts.record import phrases
from contacts.wording import so_many
from flows.failure import NO, REFUSED, Failure
from flows.workspace import record_for, settings_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from contacts.record.held import Held

_WIDTH, _LONGEST_NUMBER = 80, 18
_WHY = {
    "lease_over": "who sent it ended before the answer came",
    "timeout": "no answer came in time",
    "reset": "the connection broke before the answer came",
    "disconnected": "the connection broke before the answer came",
    "cut_short": "the connection broke within the answer",
}
_LISTS = {"email": "SendGrid's list", "sms": "Twilio's list"}
_FOUND = {
    "absent": "{} does not have it ({})",
    "not_yet": "{} did not have it, and it was too soon to tell ({})",
    "unclear": "{} has something else to them from that time, which proves nothing ({})",
    "no_list": "{} is not open to this account or key ({})",
    "no_answer": "{} did not answer ({})",
    "ours": "{} has it ({})",
}
_UNASKED = {
    "email": "SendGrid's list was not asked; with its Email Activity add-on, set sendgrid_activity",
    "sms": "Twilio's list was not asked yet; every pass asks",
}
_SAID = {
    "arrived": ("It arrived: touch {} is made.", "That was said before: touch {} is made."),
    "resend": (
        "Touch {} is sent again with the next pass that may; it may arrive twice.",
        "That was said before: touch {} is sent again.",
    ),
}


class Says(StrEnum):
    ARRIVED = "arrived"
    RESEND = "resend"


def command(
    context: typer.Context,
    touch: Annotated[
        str | None,
        typer.Argument(metavar="TOUCH", help="Its number in the list.", show_default=False),
    ] = None,
    word: Annotated[
        str | None,
        typer.Argument(
            metavar="WORD", help="'arrived', or 'resend', which may be a second time.",
            show_default=False,
        ),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="With resend: do not ask.")] = False,
    json_: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:  # fmt: skip
    """List the messages in doubt, or say what became of one: its cadence's next steps stay."""
    from contacts.record.engine import reading, writing
    from contacts.record.held import Word, answer_review, held_touches

    if touch is None:
        with record_for(settings_of(context)) as engine, reading(engine) as connection:
            held = held_touches(connection)
        typer.echo(_as_json(held) if json_ else _as_text(held))
        return
    number = _number(touch)
    says = _says(number, word)
    if says is Says.RESEND and not yes:
        _ask(number)
    with record_for(settings_of(context)) as engine, writing(engine) as connection:
        is_new = answer_review(connection, number, Word(says), now=datetime.now(UTC))
    if json_:
        typer.echo(json.dumps({"touch_id": number, "said": says, "new": is_new}, indent=2))
    else:
        typer.echo(_SAID[says][0 if is_new else 1].format(number))


def _number(touch: str) -> int:
    if not touch.isascii() or not touch.isdigit() or len(touch) > _LONGEST_NUMBER:
        raise Failure(
            f"{shown(touch)} is no touch's number: write 'touchline review 12 arrived' or "
            "'touchline review 12 resend'; 'touchline review' lists the numbers"
        )
    return int(touch)


def _says(number: int, word: str | None) -> Says:
    if word in set(Says):
        return Says(word)
    given = "say what became of it"
    if word is not None:
        given = f"{shown(word)} is neither 'arrived' nor 'resend'"
    raise Failure(f"{given}: 'touchline review {number} arrived' or '… resend'")


def _ask(touch: int) -> None:
    if not sys.stdin.isatty():
        raise Failure(f"touch {touch} may arrive twice if it is sent again; add --yes", REFUSED)
    if not typer.confirm("It may arrive twice. Send it again?"):
        typer.echo("Nothing was changed.")
        raise typer.Exit(NO)


def _as_text(held: "Sequence[Held]") -> str:
    if not held:
        return "No message waits for a person's word."
    count = so_many(len(held), "message is", "messages are")
    example = held[0].touch_id
    return "\n".join(
        [
            f"{count} in doubt, and sent again only if somebody says so.",
            "",
            *(f"{_one(one)}\n" for one in held),
            "Say what you found out, by the number of the touch:",
            f"  touchline review {example} arrived",
            f"  touchline review {example} resend    (it may arrive twice)",
        ]
    )


def _one(held: "Held") -> str:
    of = f", in the care of {held.owner}" if held.owner else ""
    since = f"; here since {held.since:%d %b %H:%M}" if held.since else ""
    lines = (
        ("to", f"{held.customer} (customer {held.customer_id}){of}"),
        ("sent", f"{held.sent_at:%a %d %b %Y %H:%M} UTC{since}"),
        ("why", _why(held)),
        ("list", _list(held)),
    )
    head = (
        f"touch {held.touch_id} · {phrases.channel(held.channel)} '{held.step}' of {held.cadence}"
    )
    return "\n".join([head, *(_line(name, words) for name, words in lines)])


def _line(name: str, words: str) -> str:
    return fill(
        " ".join(words.split()),
        _WIDTH,
        initial_indent=f"  {name:5} ",
        subsequent_indent=" " * 8,
        break_on_hyphens=False,
    )


def _why(held: "Held") -> str:
    if held.http_status is not None:
        return f"the provider answered {held.http_status}, which does not tell"
    return _WHY.get(held.code or "", f"no answer that tells ({held.code or 'none'})")


def _list(held: "Held") -> str:
    if held.found is None or held.looked_at is None:
        return _UNASKED.get(held.channel, "not asked")
    said = _FOUND.get(held.found, f"{{}}: {held.found} ({{}})")
    return said.format(_LISTS.get(held.channel, "the list"), f"{held.looked_at:%d %b %H:%M} UTC")


def _as_json(held: "Sequence[Held]") -> str:
    said = [
        {**asdict(one), "customer": one.customer, "why": _why(one), "list": _list(one)}
        for one in held
    ]
    return json.dumps({"held": said}, indent=2, ensure_ascii=False, default=_instant)


def _instant(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
