"""One line of a timeline, and the words and times that all of them share."""

import re
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from typing import Any

from contacts.cadences.calendar import at_wall_time, local_date
from contacts.cadences.reasons import Reason
from contacts.record import phrases

_TOKEN = re.compile(r"(://[^\s<>\"]*/[ucpvl]/)[\w~-]+\.[\w-]{20,}")
"""A page of a customer's own, and the signature that a link to it ends with."""
_OF_A_DAY = ("benefit", "contract", "waived")


@dataclass(frozen=True, slots=True)
class Entry:
    at: datetime
    kind: str
    """added, enrolled, finished, stopped, sent, refused, in doubt, absent, not sent, failed,
    skipped, task, done, consent, declined, asked, withdrawn, expired, order, contract, signal, or
    the own kind of an event; ahead of us: planned, held, skipped, wait, to do, decide, plan,
    waived."""
    title: str
    detail: str = ""
    cadence: str | None = None
    channel: str | None = None
    state: str | None = None
    reason: str | None = None
    touch_id: int | None = None  # as the `send` run in Prefect names it
    attempt_id: str | None = None
    task_id: int | None = None
    not_after: datetime | None = None
    """Of a planned touch: when it is given up, if it could not leave before."""
    cap: str | None = None
    """Which cap left it no room: 3/7/email, three e-mails in seven days."""

    @property
    def has_time(self) -> bool:
        """Whether it is of an instant; else of the whole day that begins at `at`."""
        return self.kind not in _OF_A_DAY


def without_tokens(entry: Entry) -> Entry:
    """Without what makes a customer's own link work: it is for them, and a reader may press it."""
    if "://" not in entry.detail:
        return entry
    return replace(entry, detail=_TOKEN.sub(r"\1…", entry.detail))


def step_of(row: Any) -> str:
    """The channel and the step of a touch, as a line about it begins."""
    words, step = phrases.channel(row.channel), row.step_key.replace("-", " ").replace("_", " ")
    return f"{words[:1].upper()}{words[1:]} '{step}'"


def cap_of(row: Any) -> str | None:
    """The cap that is why a touch waits or was skipped, and not one of some earlier day."""
    return row.cap if row.reason == Reason.CAPPED else None


def day_of(at: datetime, zone: str) -> date:
    """The customer's day in which an instant lies."""
    try:
        return local_date(at, zone)
    except ValueError:  # a zone that this machine does not know
        return at.astimezone(UTC).date()


def midnight(day: date, zone: str) -> datetime:
    """When the day begins for the customer."""
    try:
        return at_wall_time(datetime.combine(day, time()), zone).instant
    except ValueError:  # a zone that this machine does not know
        return datetime.combine(day, time(), UTC)
