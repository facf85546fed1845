"""An erased customer's addresses where they stand in what belongs to others, or to nobody.

A reply that quotes them, an owner's note, an event that nobody could match: each is found by the
address, which is struck out of it.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    Connection,
    String,
    Table,
    Text,
    and_,
    cast,
    delete,
    or_,
    select,
    update,
)

from contacts.channels.mentioned import mentioned_in, needles, struck_out
from contacts.privacy.blanks import EMPTIED, REMOVED
from contacts.privacy.held import BY_MENTION, mentions
from contacts.record.tables import Base

_NO_WORDS = frozenset({"email", "phone", "address", "timezone", "locale", "country"})
"""Columns of other people's own addresses, and codes."""
_MARKS = {"consents": "redacted_at"}
"""Without it the database lets nobody change a row of these tables."""


def strike_out(connection: Connection, addresses: Sequence[str]) -> int:
    """Strike these addresses out of every text of the record; return in how many rows."""
    if not addresses:
        return 0
    return sum(
        _strike_out_of(connection, table, columns, addresses)
        for table, columns in _texts_by_table()
    ) + sum(_remove_from(connection, table, addresses) for table in _unmatched())


def _texts_by_table() -> Iterable[tuple[Table, list[Column[Any]]]]:
    """The columns that people write into, or that are made of what they wrote."""
    for table in Base.metadata.sorted_tables:
        columns = [
            column
            for column in table.columns
            if isinstance(column.type, String | Text | JSON)
            and column.name not in _NO_WORDS
            and not column.primary_key
            and not column.foreign_keys
            and (table.name in REMOVED or column.name in EMPTIED.get(table.name, ()))
        ]
        if columns:
            yield table, columns


def _unmatched() -> Iterable[Table]:
    return [table for table in Base.metadata.sorted_tables if table.name in BY_MENTION]


def _strike_out_of(
    connection: Connection, table: Table, columns: Sequence[Column[Any]], addresses: Sequence[str]
) -> int:
    wanted = or_(
        *(
            _as_text(column).icontains(needle, autoescape=True)
            for column in columns
            for needle in needles(addresses)
        )
    )
    count = 0
    for row in connection.execute(select(table).where(wanted)).mappings().all():
        if changed := _changed(table, row, columns, addresses):
            itself = and_(*(key == row[key.name] for key in table.primary_key.columns))
            connection.execute(update(table).where(itself).values(changed))
            count += 1
    return count


def _changed(
    table: Table, row: Any, columns: Sequence[Column[Any]], addresses: Sequence[str]
) -> dict[str, Any]:
    changed = {
        column.name: after
        for column in columns
        if (before := row[column.name]) is not None
        and (after := struck_out(before, addresses)) != before
    }
    if changed and table.name == "events" and row["customer_id"] is None:
        return dict(EMPTIED["events"])  # it was nobody's: whose words they are shows only now
    if changed and (mark := _MARKS.get(table.name)):
        changed[mark] = EMPTIED[table.name][mark]
    return changed


def _remove_from(connection: Connection, table: Table, addresses: Sequence[str]) -> int:
    """What nobody could match is theirs, and goes whole."""
    (key,) = table.primary_key.columns
    rows = connection.execute(select(table).where(mentions(table, addresses))).mappings()
    theirs = [row[key.name] for row in rows if mentioned_in(row.values(), addresses)]
    connection.execute(delete(table).where(key.in_(theirs)))
    return len(theirs)


def _as_text(column: Column[Any]) -> Any:
    return cast(column, Text) if isinstance(column.type, JSON) else column
