"""The customers as the list shows them: who, whose, last contact, next, in hand or stale."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, collate, func, or_, select

from contacts.care.cover import IS_ACTIVE, Cover, cover_of, out_of_touch
from contacts.record.many import constant, one_of
from contacts.record.tables import Customer, OwnerRow, Queued, Task, Touch
from contacts.settings import Settings
from contacts.web.board.access import within
from contacts.web.board.standing import (
    IN_HAND_BY,
    SILENT,
    Silence,
    Standing,
    silence_of,
    standing_of,
)
from contacts.wording import called

PAGE = 50
_MOST_FOUND = 2_000
"""Of a search: whoever reads on for so long searches for something else."""
_BY_NAME = (Customer.last_name, Customer.first_name, Customer.id)
_SEARCHED = (
    Customer.last_name,
    Customer.company,
    Customer.email,
    Customer.first_name,
    Customer.phone,
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the list was asked to show."""

    own: frozenset[int] | None = None
    """Of whose customers it may tell; None: everybody's."""
    words: str = ""
    owner_id: int | None = None
    standing: Standing | None = None
    cover: Cover | None = None
    """Only who is in hand by this."""
    is_silent: bool = False
    """Only who is out of touch for longer than agreed, in hand or not."""
    page: int = 1

    @property
    def state(self) -> str:
        """As an address names it."""
        if self.is_silent:
            return SILENT
        return IN_HAND_BY[self.cover] if self.cover else self.standing or ""


@dataclass(frozen=True, slots=True)
class Upcoming:
    """The next thing that will happen."""

    at: datetime
    what: str
    channel: str
    is_task: bool
    """A person has it to do already."""


@dataclass(frozen=True, slots=True)
class Entry:
    id: int
    name: str
    company: str
    owner: str
    timezone: str
    created_at: datetime
    last_contact_at: datetime | None
    waived_until: date | None
    standing: Standing
    silence: Silence
    next: Upcoming | None


@dataclass(frozen=True, slots=True)
class Book:
    """One page of the list."""

    entries: list[Entry]
    has_more: bool


def open_book(
    connection: Connection, asked: Asked, *, settings: Settings, now: datetime
) -> Book:  # fmt: skip
    """The customers who fit, by name; as many of them as a page has.

    First their ids alone, along the index of the names: where most fit, the search ends soon.
    """
    database = connection.dialect.name
    fitting = _fitting(select(*_BY_NAME), asked, settings, now, database=database)
    if asked.words:
        # Looked for in the order of the table, which is five times as quick, and sorted after.
        fitting = _first_of_all(fitting.limit(_MOST_FOUND))
    elif asked.cover is Cover.TASK:
        # Found by the open tasks, and sorted after.
        fitting = _first_of_all(fitting)
    first = (asked.page - 1) * PAGE
    found = fitting.order_by(*fitting.selected_columns).limit(PAGE + 1).offset(first)
    ids = [row.id for row in connection.execute(found)]
    shown = ids[:PAGE]
    named = (
        _entries(standing_of(settings, now))
        .where(one_of(Customer.id, "customers"))
        .order_by(*_BY_NAME)
    )
    rows = connection.execute(named, {"customers": shown}).all()
    upcoming = next_of(connection, shown)
    entries = [_entry(row, upcoming.get(row.id), settings, now) for row in rows]
    return Book(entries, has_more=len(ids) > PAGE)


def counted(connection: Connection, own: Collection[int] | None) -> int:
    """How many customers these owners have, or all."""
    theirs = select(func.count()).select_from(Customer).where(within(own))
    return connection.execute(theirs).scalar_one()


def tally(
    connection: Connection, *, own: Collection[int] | None, settings: Settings, now: datetime
) -> Counter[str]:
    """How many customers stand how, of these owners or of all; it looks at each of them."""
    standing, cover = standing_of(settings, now).label("standing"), cover_of(now).label("cover")
    theirs = select(standing, cover, func.count()).where(within(own)).group_by(standing, cover)
    found = Counter[str]()
    for name, by, count in connection.execute(theirs):
        found[name] += count
        if name == Standing.IN_HAND:
            found[IN_HAND_BY[Cover(by)]] += count
    return found


def owners(connection: Connection) -> list[tuple[int, str]]:
    rows = connection.execute(select(OwnerRow.id, OwnerRow.name).order_by(OwnerRow.name))
    return [(row.id, row.name) for row in rows]


def next_of(connection: Connection, customer_ids: Collection[int]) -> dict[int, Upcoming]:
    """What comes next for each of these: a queued message or a person's task, the sooner."""
    messages = connection.execute(
        select(
            Touch.customer_id, Queued.ready_at, Touch.step_key, Touch.channel,
            Touch.purpose, Customer.waived_until,
        )
        .join(Queued, Queued.touch_id == Touch.id)
        .join(Customer, Customer.id == Touch.customer_id)
        .where(one_of(Touch.customer_id, "customers"), Touch.state == constant("planned")),
        {"customers": customer_ids},
    )  # fmt: skip
    tasks = connection.execute(
        select(Task.customer_id, Task.due_at, Task.title, Task.kind).where(
            one_of(Task.customer_id, "customers"), Task.state == constant("open")
        ),
        {"customers": customer_ids},
    )
    return _soonest(
        [
            *((*row[:4], False) for row in messages if not _waits(row)),
            *((*row, True) for row in tasks),
        ]
    )


def _entries(standing: ColumnElement[str]) -> Any:
    return select(
        Customer.id,
        Customer.first_name,
        Customer.last_name,
        Customer.email,
        Customer.phone,
        Customer.company,
        Customer.timezone,
        Customer.active,
        Customer.tier,
        Customer.freshness_days,
        Customer.created_at,
        Customer.last_contact_at,
        Customer.waived_until,
        OwnerRow.name.label("owner"),
        standing.label("standing"),
    ).outerjoin(OwnerRow, OwnerRow.id == Customer.owner_id)


def _first_of_all(fitting: Any) -> Any:
    """The same rows, found before they are put in order."""
    return select(fitting.cte("found").prefix_with("MATERIALIZED"))


def _fitting(
    statement: Any, asked: Asked, settings: Settings, now: datetime, *, database: str
) -> Any:
    for word in asked.words.split()[:8]:
        statement = statement.where(_is_found_by(word, database))
    if asked.own is not None:
        statement = statement.where(within(asked.own))
    if asked.owner_id is not None:
        statement = statement.where(Customer.owner_id == asked.owner_id)
    if asked.standing is not None:
        soon = _soon_seen(asked.standing, settings, now)
        stands = standing_of(settings, now) == asked.standing.value
        statement = statement.where(*soon, stands)
    if asked.cover is not None:
        statement = statement.where(IS_ACTIVE, cover_of(now) == asked.cover.value)
    if asked.cover is Cover.TASK:
        asked_for = select(Task.customer_id).where(Task.state == constant("open"))
        statement = statement.where(Customer.id.in_(asked_for))
    if asked.is_silent:
        statement = statement.where(IS_ACTIVE, out_of_touch(settings, now))
    return statement


def _is_found_by(word: str, database: str) -> ColumnElement[bool]:
    """Whether a word stands in what customers are searched by, in capitals or not.

    SQLite's LIKE knows no capitals anyway, and putting together costs it twice as much as looking
    five times; PostgreSQL is quicker with one look, and twice as quick where only the letters of
    ASCII have two cases: those of a word that has no others. No word has a space.
    """
    if database == "sqlite":
        return or_(*(column.contains(word, autoescape=True) for column in _SEARCHED))
    everything = func.concat_ws(" ", *_SEARCHED)
    if word.isascii():
        return func.lower(collate(everything, "C")).contains(word.lower(), autoescape=True)
    return everything.icontains(word, autoescape=True)


def _soon_seen(
    standing: Standing, settings: Settings, now: datetime
) -> Sequence[ColumnElement[bool]]:
    """What must hold of who stands so, and is seen in the row itself: few may, of whom all look."""
    of: dict[Standing, list[ColumnElement[bool]]] = {
        Standing.WAIVED: [Customer.waived_until.is_not(None)],
        Standing.LEFT: [Customer.active.is_(False)],
        Standing.STALE: [out_of_touch(settings, now)],
    }
    return of.get(standing, [])


def _entry(row: Any, upcoming: Upcoming | None, settings: Settings, now: datetime) -> Entry:
    return Entry(
        id=row.id,
        name=name_of(row),
        company=row.company,
        owner=row.owner or "",
        timezone=row.timezone,
        created_at=row.created_at,
        last_contact_at=row.last_contact_at,
        waived_until=row.waived_until,
        standing=Standing(row.standing),
        silence=silence_of(row, settings, now),
        next=upcoming,
    )


def name_of(row: Any) -> str:
    """The customer's name, or whatever they are known by."""
    return called(row) or row.email or row.phone or f"Customer {row.id}"


def _waits(row: Any) -> bool:
    """Whether a waiver keeps it back: not what is about what they bought."""
    is_kept = row.purpose == "marketing" or row.channel not in ("email", "sms")
    return is_kept and row.waived_until is not None and row.ready_at.date() < row.waived_until


def _soonest(rows: Iterable[Any]) -> dict[int, Upcoming]:
    soonest: dict[int, Upcoming] = {}
    for customer_id, *what in sorted(rows, key=lambda row: row[1], reverse=True):
        soonest[customer_id] = Upcoming(*what)
    return soonest
