"""Who the owners are, what each has in hand, and whose customers are left behind."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from difflib import get_close_matches
from typing import Any

from sqlalchemy import Connection, case, false, func, select

from contacts.record.book.absences import Leave, absences_from
from contacts.record.book.owners import key_of
from contacts.record.errors import OwnerRefused
from contacts.record.many import constant
from contacts.record.tables import Customer, OwnerRow, Task
from contacts.settings import Settings

_ALIKE = 0.75
"""One letter of four may differ."""


@dataclass(frozen=True, slots=True)
class Book:
    """What one owner has in hand; `owner_id` is None for what is nobody's."""

    owner_id: int | None
    email: str
    name: str
    named: bool  # in the settings
    lead_id: int | None
    customers: int  # active ones
    tasks: int  # open ones
    late: int


def find_owner(connection: Connection, email: str, *, gone: bool = False) -> Any:
    """The owner's row; OwnerRefused says who was perhaps meant.

    One whom the settings no longer name is only found where `gone` may be asked for.
    """
    rows = {row.email: row for row in connection.execute(select(OwnerRow))}
    found = rows.get(email.strip().lower())
    if found is None:
        near = _misspelt(email.strip().lower(), rows)
        hint = f"; did you mean {near}?" if near else "; 'touchline owner list' names them all"
        raise OwnerRefused(f"no owner has the address {email}{hint}")
    if not found.named and not gone:
        raise OwnerRefused(
            f"{found.name} is no longer an owner: touchline.toml does not name {found.email}"
        )
    return found


def _misspelt(written: str, known: Iterable[str]) -> str | None:
    """Whose address may have been meant: the name before the @ is alike, and so is what follows.

    Each by itself, for colleagues share all that follows.
    """
    name, _, house = written.partition("@")
    alike = {
        one.partition("@")[0]: one
        for one in known
        if not house or get_close_matches(house, [one.partition("@")[2]], cutoff=_ALIKE)
    }
    near = get_close_matches(name, alike, n=1, cutoff=_ALIKE)
    return alike[near[0]] if near else None


def books(connection: Connection, *, now: datetime) -> list[Book]:
    """What every owner has in hand, by name; then what is left of who is gone, and is nobody's."""
    customers = dict(
        connection.execute(
            select(Customer.owner_id, func.count())
            .where(Customer.active)
            .group_by(Customer.owner_id)
        ).all()
    )
    late = func.sum(case((Task.due_at < now, 1), else_=0))
    tasks = {
        owner: (count, after)
        for owner, count, after in connection.execute(
            select(Task.owner_id, func.count(), late)
            .where(Task.state == constant("open"))
            .group_by(Task.owner_id)
        )
    }
    owners = connection.execute(
        select(OwnerRow).order_by(OwnerRow.named.desc(), OwnerRow.name, OwnerRow.id)
    )
    found = [
        Book(row.id, row.email, row.name, row.named, row.lead_id,
             customers.get(row.id, 0), *tasks.get(row.id, (0, 0)))
        for row in owners
    ]  # fmt: skip
    nobodys = Book(
        None, "", "nobody", False, None, customers.get(None, 0), *tasks.get(None, (0, 0))
    )
    return [one for one in (*found, nobodys) if one.named or one.customers or one.tasks]


@dataclass(frozen=True, slots=True)
class LeftBehind:
    """Active customers whom none of the settings' owners has, and whose they were."""

    email: str  # empty: nobody's
    name: str
    customers: int


def left_behind(connection: Connection, settings: Settings) -> list[LeftBehind]:
    """Whose customers nobody looks after, those with most of them first."""
    rows = connection.execute(
        select(OwnerRow.email, OwnerRow.name, func.count())
        .select_from(Customer)
        .outerjoin(OwnerRow, OwnerRow.id == Customer.owner_id)
        .where(Customer.active, ~func.coalesce(OwnerRow.email.in_(_named(settings)), false()))
        .group_by(OwnerRow.email, OwnerRow.name)
        .order_by(func.count().desc(), OwnerRow.email)
    )
    return [LeftBehind(email or "", name or "", count) for email, name, count in rows]


def stand_ins_gone(connection: Connection, settings: Settings, *, on: date) -> list[Leave]:
    """Absences that are not over, and leave nobody in charge: the stand-in is gone."""
    query = select(OwnerRow.id).where(OwnerRow.email.in_(_named(settings)))
    named = set(connection.execute(query).scalars())
    leaves = absences_from(connection, on)
    return [one for one in leaves if one.owner_id in named and one.stand_in_id not in named]


def _named(settings: Settings) -> list[str]:
    return [key_of(owner.email) for owner in settings.owners]
