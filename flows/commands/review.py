"""`touchline review`: messages in doubt, answers that may ask to stop, and what a person says."""

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
from contacts.record.doubt.doubt_words import on_the_list, why
from contacts.wording import so_many
from flows import unread_answers
from flows.failure import NO, REFUSED, Failure
from flows.workspace import record_for, settings_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from contacts.record.consent.unclear import Unclear
    from contacts.record.doubt.held import Held

_WIDTH, _LONGEST_NUMBER = 80, 18
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
    GO_ON = "go-on"
    STOP = "stop"
    STOP_EMAIL = "stop-email"
    STOP_SMS = "stop-sms"
    STOP_ALL = "stop-all"


def command(
    context: typer.Context,
    number: Annotated[
        str | None,
        typer.Argument(metavar="NUMBER", help="Its number in the list.", show_default=False),
    ] = None,
    word: Annotated[
        str | None,
        typer.Argument(
            metavar="WORD", help="Of a message 'arrived', or 'resend', which may be a second time; "
            "of an answer 'go-on', 'stop' (the channel it came by), 'stop-email', 'stop-sms' or "
            "'stop-all'.",
            show_default=False,
        ),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="With resend: do not ask.")] = False,
    json_: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:  # fmt: skip
    """List messages in doubt and unread answers, or say what became of one, what one means."""
    if number is None:
        typer.echo(_listed(context, as_json=json_))
        return
    one = _number(number)
    says = _says(one, word)
    if says is Says.RESEND and not yes:
        _ask(one)
    is_new = _say(context, one, says)
    of = "task_id" if says in unread_answers.WORDS else "touch_id"
    if json_:
        typer.echo(json.dumps({of: one, "said": says, "new": is_new}, indent=2))
    else:
        typer.echo(_told(says, is_new=is_new).format(one))


def _listed(context: typer.Context, *, as_json: bool) -> str:
    from contacts.record.consent.unclear import unclear_answers
    from contacts.record.doubt.held import held_touches
    from contacts.record.engine import reading

    with record_for(settings_of(context)) as engine, reading(engine) as connection:
        held, answers = held_touches(connection), unclear_answers(connection)
    if as_json:
        return _as_json(held, answers)
    parts = [_as_text(held)] if held else []
    parts += [unread_answers.as_text(answers)] if answers else []
    return "\n\n".join(parts) or "No message and no answer waits for a person's word."


def _say(context: typer.Context, number: int, says: Says) -> bool:
    """Write down what was said; False where it was said before."""
    from contacts.record.consent.unclear import Meant, decide_answer
    from contacts.record.doubt.held import Word, answer_review
    from contacts.record.engine import writing
    from contacts.workspace.closing import keep_in_hand

    settings, now = settings_of(context), datetime.now(UTC)
    with record_for(settings) as engine:
        with writing(engine) as connection:
            if says in unread_answers.WORDS:
                meant = Meant(says)
                is_new = decide_answer(connection, number, meant, settings=settings, now=now)
            else:
                is_new = answer_review(connection, number, Word(says), now=now)
            whose = _whose(connection, number, says)
        keep_in_hand(engine, settings, [whose], now=now)
    return is_new


def _whose(connection: "Connection", number: int, says: Says) -> int:
    """The customer whose touch or task it is."""
    from sqlalchemy import select

    from contacts.record.tables import Task, Touch

    table = Task if says in unread_answers.WORDS else Touch
    return connection.execute(select(table.customer_id).where(table.id == number)).scalar_one()


def _told(says: Says, *, is_new: bool) -> str:
    if says in unread_answers.WORDS:
        told = unread_answers.SAID[says]
        return told if is_new else f"That was said before. {told}"
    return _SAID[says][0 if is_new else 1]


def _number(touch: str) -> int:
    if not touch.isascii() or not touch.isdigit() or len(touch) > _LONGEST_NUMBER:
        raise Failure(
            f"{shown(touch)} is no number of the list: write 'touchline review 12 arrived' or "
            "'… resend' of a message, '… go-on', '… stop' or '… stop-all' of an answer"
        )
    return int(touch)


def _says(number: int, word: str | None) -> Says:
    if word in set(Says):
        return Says(word)
    given = "say what became of it, or what it means"
    if word is not None:
        given = f"{shown(word)} is no word for it"
    raise Failure(
        f"{given}: 'touchline review {number} arrived' or '… resend' of a message, '… go-on', "
        "'… stop' or '… stop-all' of an answer"
    )


def _ask(touch: int) -> None:
    if not sys.stdin.isatty():
        raise Failure(f"touch {touch} may arrive twice if it is sent again; add --yes", REFUSED)
    if not typer.confirm("It may arrive twice. Send it again?"):
        typer.echo("Nothing was changed.")
        raise typer.Exit(NO)


def _as_text(held: "Sequence[Held]") -> str:
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
        ("why", why(held)),
        ("list", on_the_list(held)),
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


def _as_json(held: "Sequence[Held]", answers: "Sequence[Unclear]") -> str:
    said = [
        {**asdict(one), "customer": one.customer, "why": why(one), "list": on_the_list(one)}
        for one in held
    ]
    found = {"held": said, "answers": unread_answers.as_data(answers)}
    return json.dumps(found, indent=2, ensure_ascii=False, default=_instant)


def _instant(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
