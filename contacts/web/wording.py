"""How pages say a time, an amount of time, and the short words of the record."""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from itertools import groupby
from operator import attrgetter
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from contacts.cadences.outcomes import Outcome
from contacts.record import phrases
from contacts.record.doubt.doubt_words import on_the_list, why
from contacts.web.board.cadence_words import span_words, start_words, stop_words, when_words
from contacts.web.board.condition_words import condition_words
from contacts.wording import called, day_in_words

_MINUTE, _HOUR, _DAY = 60, 3600, 86400
# How an entry of the timeline is marked: what we did, what came back, what went wrong.
_TONES = {
    "sent": "out",
    "done": "out",
    "call": "out",
    "visit": "out",
    "letter": "out",
    "benefit": "out",
    "replied": "in",
    "help": "in",
    "opted_in": "in",
    "preferred": "in",
    "consent": "in",
    "order": "in",
    "bounced": "bad",
    "blocked": "bad",
    "dropped": "bad",
    "undelivered": "bad",
    "complained": "bad",
    "opted_out": "bad",
    "withdrawn": "bad",
    "expired": "bad",
    "refused": "bad",
    "failed": "bad",
}

_TASKS = {
    "reply": "Reply",
    "decide": "To decide",
    "reach": "No address",
    "review": "In doubt",
    "check_in": "Check in",
    "orders": "Orders changed",
}


def ago(moment: datetime, now: datetime, zone: str) -> str:
    """ "3 days ago", "in 2 hours".

    A day from now or more, it counts the dates on the calendar of `zone`, as people do.
    """
    seconds = (moment - now).total_seconds()
    size = abs(seconds)
    if size < _MINUTE:
        return "now"
    if size < _HOUR:
        said = _count(int(size // _MINUTE), "minute")
    elif size < _DAY:
        said = _count(int(size // _HOUR), "hour")
    else:
        dates = _local(moment, zone).date() - _local(now, zone).date()
        said = _count(max(abs(dates.days), 1), "day")
    return f"in {said}" if seconds > 0 else f"{said} ago"


def due(moment: datetime, now: datetime, zone: str) -> str:
    """How a task stands: "2 days late", "due now", "due in 3 days"."""
    said = ago(moment, now, zone)
    return said.replace(" ago", " late") if said.endswith(" ago") else f"due {said}"


def day(moment: datetime | date, zone: str | None = None) -> str:
    """Fri 20 Nov 2026; a moment has a day only on the calendar of some `zone`."""
    if isinstance(moment, datetime):
        if zone is None:
            raise TypeError("On whose calendar?")
        moment = _local(moment, zone)
    return day_in_words(moment)


def weekday(on: date) -> str:
    """Friday."""
    return f"{on:%A}"


def clock(moment: datetime, zone: str) -> str:
    """10:00, on the clock of `zone`."""
    return f"{_local(moment, zone):%H:%M}"


def elsewhere(zone: str, moment: datetime, home: str) -> str:
    """ " (Asia/Kolkata)", where its clock is another at that moment than the reader's at home."""
    there, here = _local(moment, zone), _local(moment, home)
    return f" ({zone})" if there.utcoffset() != here.utcoffset() else ""


def tone(kind: str) -> str:
    """The class of a timeline entry's mark."""
    return _TONES.get(kind, "still")


def task(kind: str) -> str:
    """What a task asks for, in a word or two."""
    return _TASKS.get(kind, first_upper(plain(kind)))


def outcome(name: str) -> str:
    """What came of a call, a visit or a letter; one of another version as it is."""
    return Outcome(name).words if name in set(Outcome) else plain(name)


def reached(kind: str) -> str:
    """How a person was in touch: "called"."""
    return {"call": "called", "visit": "visited", "letter": "written to"}.get(kind, plain(kind))


def plain(word: str) -> str:
    """A word of the record as people write it: no_address, welcome-call."""
    return word.replace("_", " ").replace("-", " ")


def name_of(customer: Any) -> str:
    """The customer's name, or whatever they are known by."""
    return called(customer) or customer.email or customer.phone or "Customer"


def first_upper(words: str) -> str:
    """At the start of a sentence; unlike `capitalize`, leaves SMS and names alone."""
    return words[:1].upper() + words[1:]


def tongue(code: str) -> str:
    """The English name of a language: German for de."""
    from babel import Locale, UnknownLocaleError  # only the gallery asks, and it takes a while

    try:
        return Locale.parse(code, sep="-").get_display_name("en") or code
    except (UnknownLocaleError, ValueError):
        return code


def runs(items: Iterable[Any], attribute: str) -> list[tuple[Any, list[Any]]]:
    """Neighbours with the same value of an attribute together, in the order they come in."""
    return [(value, list(of)) for value, of in groupby(items, key=attrgetter(attribute))]


def _local(moment: datetime, zone: str) -> datetime:
    try:
        return moment.astimezone(ZoneInfo(zone))
    except (ZoneInfoNotFoundError, ValueError):  # a zone that this machine does not know
        return moment


def _count(number: int, unit: str) -> str:
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"


FILTERS: dict[str, Callable[..., Any]] = {
    "ago": ago,
    "day": day,
    "weekday": weekday,
    "due": due,
    "task": task,
    "outcome": outcome,
    "reached": reached,
    "why": why,
    "on_the_list": on_the_list,
    "start_words": start_words,
    "when_words": when_words,
    "stop_words": stop_words,
    "span_words": span_words,
    "condition_words": condition_words,
    "name_of": name_of,
    "clock": clock,
    "elsewhere": elsewhere,
    "channel": phrases.channel,
    "because": phrases.reason,
    "signal": phrases.signal,
    "tone": tone,
    "plain": plain,
    "tongue": tongue,
    "runs": runs,
    "first_upper": first_upper,
}
