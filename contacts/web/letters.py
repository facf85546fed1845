"""The messages that left, as the gallery and the message's own page show them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select, true

from contacts.record.tables import Attempt, Customer, Enrolment, Event, Message, Touch
from contacts.web.board.access import within
from contacts.wording import called

_PEEK = 320  # characters of the text part on a card
_DIGEST = len("@1f0c93ab")
_NEWEST = 2_000


@dataclass(frozen=True, slots=True)
class Letter:
    """One message as it was rendered, to whom and when, and what became of it."""

    attempt_id: str
    touch_id: int
    customer_id: int
    customer: str
    timezone: str
    template: str  # name, language and digest: welcome/hi@1f3a…
    cadence: str
    step: str
    channel: str
    state: str
    at: datetime
    subject: str
    text: str
    html: str | None
    segments: int
    customer_for: int
    """Days from their joining to it."""
    into: int
    """Days from the start of the cadence with them to it."""

    @property
    def peek(self) -> str:
        return self.text[:_PEEK]

    @property
    def language(self) -> str:
        """The language that it was written in, which need not be the customer's."""
        return _language(self.template)


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a customer may read again: the words, as far as they are still kept."""

    locale: str
    """The customer's."""
    language: str
    """The message's own."""
    text: str | None
    html: str | None


@dataclass(frozen=True, slots=True)
class News:
    """Something that was heard of a message."""

    at: datetime
    kind: str
    detail: str


def latest(connection: Connection, *, own: Collection[int] | None, limit: int) -> list[Letter]:
    """The newest messages first, to customers of these owners or of all.

    Of some owners only what is among the very newest of all: to look further would be to look at
    every message for an owner who has none.
    """
    newest = select(Attempt.id).order_by(Attempt.id.desc()).limit(_NEWEST)
    recent = true() if own is None else Attempt.id.in_(newest)
    statement = _letters().where(within(own), recent).order_by(Attempt.id.desc()).limit(limit)
    return [_letter(row) for row in connection.execute(statement)]


def one_of_each(connection: Connection, *, limit: int) -> list[Letter]:
    """One message of every cadence step, channel and language, in order of time.

    Where several customers got it, of the one who got the most of that cadence, so that it reads as
    one story; of theirs the newest.
    """
    share = func.count().over(partition_by=(Touch.cadence, Attempt.customer_id)).label("share")
    shared = _letters(share).subquery()
    # "welcome/hi@1f3a…" without its digest, which grows with every edit of the template.
    language = func.substr(shared.c.template, 1, func.length(shared.c.template) - _DIGEST)
    place = (
        func.row_number()
        .over(
            partition_by=(shared.c.cadence, shared.c.step_key, shared.c.channel, language),
            order_by=(
                shared.c.share.desc(),
                shared.c.customer_id,
                shared.c.started_at.desc(),
                shared.c.id.desc(),
            ),
        )
        .label("place")
    )
    numbered = select(shared, place).subquery()
    statement = (
        select(numbered)
        .where(numbered.c.place == 1)
        .order_by(numbered.c.started_at, numbered.c.id)
        .limit(limit)
    )
    return [_letter(row) for row in connection.execute(statement)]


def letter(
    connection: Connection, attempt_id: str, *, own: Collection[int] | None
) -> Letter | None:
    """The message, where it went to a customer of these owners, or of any."""
    this = _letters().where(Attempt.id == attempt_id, within(own))
    row = connection.execute(this).one_or_none()
    return None if row is None else _letter(row)


def sheet(connection: Connection, attempt_id: str) -> Sheet | None:
    """The words of an attempt for its customer; without words where they were removed by now."""
    row = connection.execute(
        select(Customer.locale, Attempt.template, Message.text, Message.html)
        .join(Customer, Customer.id == Attempt.customer_id)
        .outerjoin(Message, Message.attempt_id == Attempt.id)
        .where(Attempt.id == attempt_id)
    ).one_or_none()
    return None if row is None else Sheet(row.locale, _language(row.template), row.text, row.html)


def news_of(connection: Connection, attempt_id: str) -> list[News]:
    """What was heard of a message, in the order in which it happened."""
    rows = connection.execute(
        select(Event.occurred_at, Event.kind, Event.detail)
        .join(Attempt, Attempt.id == Event.attempt_id)
        .where(Event.customer_id == Attempt.customer_id, Attempt.id == attempt_id)
        .order_by(Event.occurred_at, Event.id)
    )
    return [News(row.occurred_at, row.kind, _detail(row)) for row in rows]


def _detail(row: Any) -> str:
    """What tells people something: the other side's "250 OK" says only that it arrived."""
    return "" if row.kind == "delivered" else str(row.detail)


def _language(template: str) -> str:
    return template.partition("@")[0].rpartition("/")[2]


def _letters(*more: ColumnElement[Any]) -> Any:
    return (
        select(
            Attempt.id,
            Attempt.touch_id,
            Attempt.customer_id,
            Customer.first_name,
            Customer.last_name,
            Customer.company,
            Customer.email,
            Customer.phone,
            Customer.timezone,
            Attempt.template,
            Touch.cadence,
            Touch.step_key,
            Attempt.channel,
            Touch.state,
            Attempt.started_at,
            Message.subject,
            Message.text,
            Message.html,
            Attempt.segments,
            Customer.joined_on,
            Enrolment.started_on,
            *more,
        )
        .join(Message, Message.attempt_id == Attempt.id)
        .join(Touch, Touch.id == Attempt.touch_id)
        .join(Enrolment, Enrolment.id == Touch.enrolment_id)
        .join(Customer, Customer.id == Attempt.customer_id)
    )


def _letter(row: Any) -> Letter:
    return Letter(
        attempt_id=row.id,
        touch_id=row.touch_id,
        customer_id=row.customer_id,
        customer=called(row) or "Customer",
        timezone=row.timezone,
        template=row.template,
        cadence=row.cadence,
        step=row.step_key,
        channel=row.channel,
        state=row.state,
        at=row.started_at,
        subject=row.subject,
        text=row.text,
        html=row.html,
        segments=row.segments,
        customer_for=(row.started_at.date() - row.joined_on).days,
        into=(row.started_at.date() - row.started_on).days,
    )
