"""What `touchline resume` says: why sending waited, what goes out, and what nobody can tell."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from contacts.record import phrases
from contacts.wording import so_many
from flows.plain_data import plain_data

if TYPE_CHECKING:  # what sends takes a second to import, and words of help need none of it
    from contacts.delivery.pausing.forecast import Expected, Forecast
    from contacts.delivery.pausing.halt import Halt
    from contacts.delivery.pausing.restored import FilledIn

_WIDTH = 80


@dataclass(frozen=True, slots=True)
class Answer:
    forecast: "Forecast"
    halt: "Halt | None"
    filled: "FilledIn | None"
    is_plan: bool
    send_unchecked: bool


def as_text(answer: Answer) -> str:
    """For a terminal of 80 columns."""
    parts = [_why(answer), *_settled(answer), *_outlook(answer), _next(answer)]
    return "\n\n".join(part for part in parts if part)


def as_json(answer: Answer) -> str:
    halt, told = answer.halt, answer.forecast
    said: dict[str, Any] = {
        "paused": halt is not None and answer.is_plan,
        "why": halt.why if halt else None,
        "last_pass_at": halt.last_at if halt else None,
        "lost_until": halt.lost_until if halt else None,
        "at": told.at,
        "backlog": told.backlog,
        "per_minute": told.per_minute,
        "minutes": told.minutes,
        "expected": [
            {"cadence": cadence, "channel": channel, **plain_data(of)}
            for (cadence, channel), of in sorted(told.expected.items())
        ],
        "settled": plain_data(answer.filled) if answer.filled else None,
    }
    return json.dumps(plain_data(said), indent=2, ensure_ascii=False)


def _why(answer: Answer) -> str:
    halt = answer.halt
    if halt is None:
        return "Sending is not paused: there is nothing to resume."
    return _wrapped(f"{'Sending is paused' if answer.is_plan else 'Sending goes on'}. {halt.words}")


def _settled(answer: Answer) -> Iterator[str]:
    """What became of messages that may have left in days of which the record knows nothing."""
    halt, filled = answer.halt, answer.filled
    if halt is None or halt.lost_until is None:
        return
    after = f" after {halt.last_at:%Y-%m-%d %H:%M} UTC" if halt.last_at else ""
    if filled is not None:
        unsure = "sent all the same" if answer.send_unchecked else "skipped as 'restored'"
        rows = (
            ("on record by a webhook's word", filled.by_webhook),
            ("on record by Twilio's list", filled.by_list),
            ("proved not to have left: go out", filled.absent),
            (f"nobody can tell: {unsure}", filled.unchecked),
        )
        lines = [f"  {words:<42}{_by_channel(counts)}" for words, counts in rows]
        head = f"What may have left{after}, up to {halt.lost_until:%Y-%m-%d %H:%M} UTC:"
        yield "\n".join([head, *lines])
        if filled.unchecked["email"]:
            yield _wrapped(
                "E-mail could not be checked with SendGrid: its list is asked by our marks, and "
                "those days took the marks along."
            )
    yield _wrapped(
        f"Opt-outs and replies{after} are not in this record. Those by a message's link are "
        "in your proxy's log as POST /u/…: repeat these requests before anything is sent. Twilio "
        "itself still refuses numbers that said STOP."
    )


def _by_channel(counts: Mapping[str, int]) -> str:
    said = [f"{count} {phrases.channel(name)}" for name, count in sorted(counts.items())]
    return ", ".join(said) or "none"


def _outlook(answer: Answer) -> Iterator[str]:
    told = answer.forecast
    if not told.expected:
        yield "Nothing is overdue."
        return
    yield _table(told)
    unsure = sum(of.unsure for of in told.expected.values())
    if unsure:
        yield _wrapped(
            f"{unsure} of these may have left already. 'touchline resume' looks for them in what "
            "webhooks told since, and in Twilio's list. What nobody can tell is skipped, unless "
            "you add --send-unchecked."
        )
    if told.backlog > told.per_minute:
        yield _wrapped(
            f"{so_many(told.backlog, 'overdue touch', 'overdue touches')}, at most "
            f"{told.per_minute} of them in a minute: about {so_many(told.minutes, 'minute')}. "
            "What waits for its window leaves when that opens."
        )


def _table(told: "Forecast") -> str:
    head = ("cadence", "by", "goes out", "from", "waits", "from", "skipped")
    rows = [head]
    for (cadence, channel), of in sorted(told.expected.items()):
        rows.append(
            (
                cadence[:22],
                phrases.channel(channel),
                str(of.now),
                _when(of.first_at, told.at),
                str(of.later.total()),
                _when(of.later_at, told.at),
                str(of.skipped.total()),
            )
        )
    widths = [max(len(row[at]) for row in rows) for at in range(len(head))]
    lines = ["  ".join(_cell(cell, at, widths[at]) for at, cell in enumerate(row)) for row in rows]
    notes = [line for key, of in sorted(told.expected.items()) for line in _notes(key, of)]
    return "\n".join([*(line.rstrip() for line in lines), *notes])


def _cell(cell: str, at: int, width: int) -> str:
    return cell.rjust(width) if at in (2, 4, 6) else cell.ljust(width)


def _when(at: datetime | None, now: datetime) -> str:
    if at is None:
        return ""
    if at <= now:
        return "now"
    same_day = at.date() == now.date()
    return f"{at:%H:%M} UTC" if same_day else f"{at:%d %b %H:%M} UTC"


def _notes(key: tuple[str, str], of: "Expected") -> Iterator[str]:
    """Why something waits or is skipped, a line each."""
    name = f"{key[0]} {phrases.channel(key[1])}"
    for verb, reasons in (("waits", of.later), ("skipped", of.skipped)):
        yield from _reasons(f"{name} {verb}", reasons)


def _reasons(what: str, reasons: Counter[str]) -> Iterator[str]:
    for reason, count in reasons.most_common():
        yield f"  {what} {count}: {phrases.reason(reason)}"


def _next(answer: Answer) -> str:
    if answer.halt is None:
        return ""
    if answer.is_plan:
        return "Nothing was sent. 'touchline resume' lets sending go on."
    return "The next pass of 'touchline up' or 'touchline tick' sends."


def _wrapped(words: str) -> str:
    from textwrap import fill

    return fill(words, _WIDTH)
