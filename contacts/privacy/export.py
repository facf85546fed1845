"""Everything the record holds of a customer, as JSON and as a CSV file for each table."""

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from contacts.privacy.addresses import addresses_of
from contacts.privacy.held import rows_of, tables_of_a_customer
from contacts.settings_file.private import make_private

WHOLE = "everything.json"
# What a spreadsheet would take for a formula; the full-width forms count as the plain ones.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\0", "\uff1d", "\uff0b", "\uff0d", "\uff20")


@dataclass(frozen=True, slots=True)
class Held:
    """The rows of a customer by table; a table without any is there as well, with its columns."""

    customer_id: int
    at: datetime
    columns: Mapping[str, Sequence[str]]
    tables: Mapping[str, Sequence[Mapping[str, Any]]]

    @property
    def rows(self) -> int:
        return sum(map(len, self.tables.values()))

    def as_json(self) -> str:
        said = {
            "customer": self.customer_id,
            "exported_at": self.at,
            "tables": {name: [dict(row) for row in rows] for name, rows in self.tables.items()},
        }
        return json.dumps(said, indent=2, ensure_ascii=False, default=_plain)


def held_of(connection: Connection, customer: Any, *, signing_key: str, now: datetime) -> Held:
    """Everything of this row of `customers`: its columns are those of the tables themselves."""
    values = [one.value for one in addresses_of(connection, customer)]
    tables = tables_of_a_customer()
    return Held(
        customer.id,
        now,
        columns={table.name: table.columns.keys() for table in tables},
        tables={
            table.name: rows_of(
                connection, table, customer.id, addresses=values, signing_key=signing_key
            )
            for table in tables
        },
    )


def write_folder(held: Held, folder: Path) -> list[Path]:
    """Write the files into this new folder, readable by its owner alone; return their paths.

    Raises FileExistsError where it is there already: nothing is ever written over.
    """
    make_private(folder.parent)
    folder.mkdir(mode=0o700)
    written = [_write(folder / WHOLE, held.as_json() + "\n")]
    for name, rows in held.tables.items():
        path = folder / f"{name}.csv"
        with _private(path) as file:
            lines = csv.writer(file)
            lines.writerow(held.columns[name])
            lines.writerows([[_cell(row[column]) for column in held.columns[name]] for row in rows])
        written.append(path)
    return written


def _write(path: Path, text: str) -> Path:
    with _private(path) as file:
        file.write(text)
    return path


def _private(path: Path) -> Any:
    path.touch(mode=0o600, exist_ok=False)
    return path.open("w", encoding="utf-8", newline="")


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no form in JSON")


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, dict | list):
        text = json.dumps(value, ensure_ascii=False)
    else:
        text = value if isinstance(value, str) else str(_as_text(value))
    return f"'{text}" if isinstance(value, str) and text.startswith(_FORMULA) else text


def _as_text(value: Any) -> Any:
    return value if isinstance(value, bool | int | float) else _plain(value)
