"""Which customer of the record a CSV row means, and whether an earlier row meant the same one."""

from array import array
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Connection, Row, select

from contacts.record.imports.customer_rows import CustomerRow
from contacts.record.tables import Customer


class LinesById:
    """The line of the file on which each id of the record was met: four bytes an id, so that a file
    of a million rows can be checked for doubles without being kept."""

    def __init__(self) -> None:
        self._lines = array("I")

    def line(self, id_: int) -> int:
        """0 where the id was not met."""
        return self._lines[id_] if id_ < len(self._lines) else 0

    def note(self, id_: int, line: int) -> None:
        if id_ >= len(self._lines):
            self._lines.frombytes(bytes(self._lines.itemsize * (id_ + 1 - len(self._lines))))
        self._lines[id_] = line


def match(
    connection: Connection, wanted: Sequence[CustomerRow], met: LinesById
) -> list[Row[Any] | None]:
    """The known customer of each row, or None for a new one; a double gets a fault."""
    by_email = _by_email(connection, {row.email.lower() for row in wanted if row.email})
    by_phone = _by_phone(
        connection, {row.phone for row in wanted if row.phone and _key(row) not in by_email}
    )
    new: dict[str, int] = {}
    found: list[Row[Any] | None] = []
    for row in wanted:
        line = row.row.line
        known = _known(row, by_email, by_phone, met)
        earlier = met.line(known.id) if known is not None else new.setdefault(_key(row), line)
        if earlier not in (0, line):
            column = "email" if row.email else "phone"
            row.row.fault(column, f"the same customer as on line {earlier}; one row for each")
        elif known is not None:
            met.note(known.id, line)
        found.append(known)
    return found


def _key(row: CustomerRow) -> str:
    return row.email.lower() if row.email else (row.phone or "")


def _known(
    row: CustomerRow,
    by_email: dict[str, Row[Any]],
    by_phone: dict[str, list[Row[Any]]],
    met: LinesById,
) -> Row[Any] | None:
    if row.email:
        if known := by_email.get(row.email.lower()):
            return known
        # Someone we knew by phone alone has now given an address.
        nameless = [
            one
            for one in by_phone.get(row.phone or "", [])
            if one.email is None and not met.line(one.id)
        ]
        return nameless[0] if len(nameless) == 1 else None
    same = by_phone.get(row.phone or "", [])
    if len(same) > 1:
        row.row.fault("phone", "several customers have this phone; give the email as well")
    return same[0] if same else None


def _by_email(connection: Connection, keys: Collection[str]) -> dict[str, Row[Any]]:
    if not keys:
        return {}
    rows = connection.execute(select(Customer).where(Customer.email_key.in_(keys)))
    return {row.email_key: row for row in rows}


def _by_phone(connection: Connection, phones: Collection[str]) -> dict[str, list[Row[Any]]]:
    if not phones:
        return {}
    found: dict[str, list[Row[Any]]] = {}
    for row in connection.execute(
        select(Customer).where(Customer.phone.in_(phones)).order_by(Customer.id)
    ):
        found.setdefault(row.phone, []).append(row)
    return found
