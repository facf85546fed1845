"""Orders, contracts and benefits from CSV rows into the record; each is a customer's, by e-mail.

A row means the one with its own number, so importing a file twice changes nothing. A time without
an offset is on the customer's clock; a day alone is its first moment there.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, CursorResult, Row, bindparam, insert, select, update

from contacts.record.enrolments.moved_ends import MovedEnd, ends_moved
from contacts.record.imports import cells, rows
from contacts.record.imports.dealing_kinds import Kind
from contacts.record.imports.erased import ErasedPeople
from contacts.record.imports.header import Header
from contacts.record.imports.matching import LinesById
from contacts.record.imports.report import Stored
from contacts.record.orders.rhythms import note_changed_orders
from contacts.record.tables import Contract, Customer, Order

_AHEAD = timedelta(days=1)  # an order of today may lie ahead of us on its customer's clock


@dataclass(slots=True)
class DealingRow:
    row: rows.Row
    email: str
    values: dict[str, Any]
    """Columns of the table; `customer_id` comes when the customer is found."""
    written_day: date
    """The day that `until` looks at, as the file has it."""
    known: Row[Any] | None = field(default=None)

    @property
    def addresses(self) -> dict[str, str]:
        """By column."""
        return {"email": self.email}


def read_dealing(row: rows.Row, kind: Kind) -> DealingRow:
    """Parse a row, without a look at the record; what is wrong with it is left in `row.faults`."""
    values = {name: row.need(name, parse) for name, parse in kind.needed.items()}
    for name, parse in kind.optional.items():
        if row.text(name) is not None:
            given = row.take(name, parse)
            values[name] = kind.blank[name] if given is None else given
    kind.check(row, values)
    email = values.pop("email") or ""
    stored = {kind.stored_as.get(name, name): value for name, value in values.items()}
    when = stored[kind.day] or date.min  # a row without it is refused
    return DealingRow(row, email, stored, when.date() if isinstance(when, datetime) else when)


class DealingImport:
    """One file of orders, contracts or benefits; made anew for each."""

    def __init__(self, kind: Kind, *, signing_key: str, now: datetime, until: date | None) -> None:
        self.columns = kind.columns
        self.required = kind.required
        self._kind = kind
        self._now = now
        self._until = until
        self._met = LinesById()
        self._erased = ErasedPeople(signing_key)

    def begin(self, connection: Connection, header: Header) -> dict[str, str]:
        """Get ready for the rows; return a warning by column."""
        return {name: f"the column '{name}' is not used" for name in header.extra}

    def read(self, row: rows.Row) -> DealingRow:
        return read_dealing(row, self._kind)

    def is_later(self, dealing: DealingRow) -> bool:
        return self._until is not None and dealing.written_day > self._until

    def store(self, connection: Connection, wanted: Sequence[DealingRow]) -> Stored:
        """Insert and update; a row that turns out wrong gets its fault and is left out."""
        kept = self._erased.leave_out(connection, wanted)
        customers = _customers(connection, {dealing.email.lower() for dealing in kept})
        known = self._known(connection, [dealing.values[self._kind.key] for dealing in kept])
        numbers: dict[str, int] = {}
        for dealing in kept:
            number = dealing.values[self._kind.key]
            dealing.known = known.get(number)
            self._complete(dealing, customers.get(dealing.email.lower()))
            self._refuse_double(dealing, numbers.setdefault(number, dealing.row.line))
        good = [dealing for dealing in kept if not dealing.row.faults]
        new = [dealing for dealing in good if dealing.known is None]
        self._insert(connection, new)
        changed = self._update(connection, [one for one in good if one.known is not None])
        left_out = len(wanted) - len(kept)
        return Stored(len(new), changed, len(good) - len(new) - changed, left_out)

    def _known(self, connection: Connection, numbers: Sequence[str]) -> dict[str, Row[Any]]:
        table = self._kind.table.__table__
        key = table.c[self._kind.key]
        found = connection.execute(select(table).where(key.in_(set(numbers))))
        return {getattr(row, self._kind.key): row for row in found}

    def _complete(self, dealing: DealingRow, customer: Row[Any] | None) -> None:
        if customer is None:
            dealing.row.fault("email", "email: no customer has it; import the customers first")
            return
        dealing.values["customer_id"] = customer.id
        if (written := dealing.values.get("ordered_at")) is not None:
            at = cells.instant_of(written, customer.timezone)
            dealing.values["ordered_at"] = at
            if at > self._now + _AHEAD:
                dealing.row.fault("ordered_at", "ordered_at: lies in the future")
        if dealing.values.get("given_on", date.min) > (self._now + _AHEAD).date():
            dealing.row.fault("on", "on: lies in the future; a benefit is something they got")

    def _refuse_double(self, dealing: DealingRow, line_in_chunk: int) -> None:
        earlier = self._met.line(dealing.known.id) if dealing.known is not None else 0
        if line_in_chunk != dealing.row.line:
            earlier = line_in_chunk
        if earlier:
            key = self._kind.key
            dealing.row.fault(key, f"{key}: the same as on line {earlier}; one row for each")
        elif dealing.known is not None:
            self._met.note(dealing.known.id, dealing.row.line)

    def _insert(self, connection: Connection, new: Sequence[DealingRow]) -> None:
        if not new:
            return
        lines = {dealing.values[self._kind.key]: dealing.row.line for dealing in new}
        table = self._kind.table.__table__
        inserted = connection.execute(
            insert(self._kind.table).returning(table.c.id, table.c[self._kind.key]),
            [{**self._kind.blank, **dealing.values} for dealing in new],
        )
        for id_, number in inserted:
            self._met.note(id_, lines[number])

    def _update(self, connection: Connection, known: Sequence[DealingRow]) -> int:
        table = self._kind.table.__table__
        columns = [column.name for column in table.c if column.name != "id"]
        changed = []
        concerned: set[int] = set()
        for dealing in known:
            before = {column: getattr(dealing.known, column) for column in columns}
            after = {**before, **dealing.values}
            if after != before:
                changed.append({"key": getattr(dealing.known, "id", 0), **after})
                concerned |= {before["customer_id"], after["customer_id"]}
        if changed:
            self._tell_of_moved_ends(connection, known)
            connection.execute(
                update(self._kind.table)
                .where(self._kind.table.id == bindparam("key"))
                .values({column: bindparam(column) for column in columns}),
                changed,
            )
        if self._kind.table is Order:
            note_changed_orders(connection, concerned)
        return len(changed)

    def _tell_of_moved_ends(self, connection: Connection, known: Sequence[DealingRow]) -> None:
        if self._kind.table is Contract:
            moved = (end for dealing in known for end in _moved_ends(dealing))
            ends_moved(connection, moved, now=self._now)


def _moved_ends(dealing: DealingRow) -> Iterator[MovedEnd]:
    before, after = dealing.known, dealing.values
    assert before is not None  # noqa: S101  # it is on record
    number, was, is_now = before.contract_id, before.ends_on, after["ends_on"]
    if before.customer_id != after["customer_id"]:
        yield MovedEnd(number, before.customer_id, was, None)
        yield MovedEnd(number, after["customer_id"], None, is_now)
    elif was != is_now:
        yield MovedEnd(number, before.customer_id, was, is_now)


def _customers(connection: Connection, emails: set[str]) -> dict[str, Row[Any]]:
    found: CursorResult[Any] = connection.execute(
        select(Customer.id, Customer.email_key, Customer.timezone).where(
            Customer.email_key.in_(emails)
        )
    )
    return {row.email_key: row for row in found}
