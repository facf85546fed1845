"""When the customers of a file agreed, for who takes a file in as its days come: the demo."""

from datetime import datetime
from pathlib import Path

from contacts.record.customers import addresses
from contacts.record.imports import cells
from contacts.record.imports.customer_rows import COLUMNS, REQUIRED, CustomerRow, read_customer
from contacts.record.imports.rows import open_table
from contacts.settings import Settings


def agreed_at(path: Path, *, settings: Settings) -> list[datetime]:
    """The instants at which customers of the file agreed, or did not, earliest first.

    Raises FaultyFile where the file is refused whole.
    """
    country = settings.default_country
    with open_table(path, COLUMNS, REQUIRED) as table:
        extra = table.header.extra
        read = [read_customer(row, default_country=country, extra=extra) for row in table.rows()]
    found = [instant_said(given, settings) for given in read]
    return sorted(at for at in found if at is not None)


def instant_said(given: CustomerRow, settings: Settings) -> datetime | None:
    """The instant of what a row says about consent; None where it says nothing, or no date."""
    written = next((said.at for said in given.said if said.at is not None), None)
    if written is None:
        return None
    known = given.values.get("timezone") or (given.phone and addresses.zone_of(given.phone))
    return cells.instant_of(written, known or settings.default_timezone)
