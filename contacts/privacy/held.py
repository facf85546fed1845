"""Which tables hold something of a customer, and how to get there: along the foreign keys.

Derived from the tables' metadata, so that a new table is found by itself, or refused by a test
until somebody says that it holds nothing of a customer.
"""

from collections.abc import Collection
from typing import Any

from sqlalchemy import JSON, ColumnElement, Connection, ForeignKey, Table, Text, cast, or_, select

from contacts.channels.mentioned import mentioned_in, needles
from contacts.record.customers.address_keys import address_hash
from contacts.record.tables import Base

NOTHING_OF_A_CUSTOMER = {
    "absences": "which owners are away, and who stands in",
    "accounts": "who may sign in to the board",
    "cadence_versions": "the text of cadence files",
    "channels": "whether e-mail and SMS may leave",
    "freshness_proofs": "how many customers were in hand",
    "digests": "which mornings an owner was written to",
    "item_pairs": "which items several customers buy together",
    "heartbeats": "when an installation worked last",
    "imported_files": "names and hashes of files",
    "order_watches": "numbers of looks at all orders",
    "owners": "the account owners",
    "resumes": "when sending went on after a pause",
    "secret_key_marks": "which secret key opt-outs are kept under",
    "sending_rates": "how fast a sender may send",
    "sessions": "who is signed in to the board",
    "zone_marks": "what was known of the clocks of time zones",
}
"""Tables that no foreign key ties to a customer, and what they hold instead."""
BY_MENTION = frozenset({"stuck_events"})
"""Tables of what nobody could match yet: a row is somebody's if it has one of their addresses."""
_CUSTOMERS = "customers"
_BY_HASH = "suppressions"


def tables_of_a_customer() -> list[Table]:
    """The tables that hold something of a customer, those that others point at first."""
    return [
        table
        for table in Base.metadata.sorted_tables
        if table.name in BY_MENTION or table.name == _BY_HASH or _leads_there(table)
    ]


def rows_of(
    connection: Connection,
    table: Table,
    customer_id: int,
    *,
    addresses: Collection[str],
    signing_key: str,
) -> list[Any]:
    """Every row of this table that is the customer's, who has or had these addresses."""
    theirs = of_customer(table, customer_id, addresses=addresses, signing_key=signing_key)
    found = connection.execute(
        select(table).where(theirs).order_by(*table.primary_key.columns)
    ).mappings()
    if table.name in BY_MENTION:
        return [row for row in found if mentioned_in(row.values(), addresses)]
    return list(found)


def of_customer(
    table: Table, customer_id: int, *, addresses: Collection[str] = (), signing_key: str = ""
) -> ColumnElement[bool]:
    """What tells the customer's rows; where no key leads to them, by their addresses.

    Of a table of `BY_MENTION` these may be too many: an address can be a part of a longer one.
    """
    if table.name == _CUSTOMERS:
        return table.c.id == customer_id
    if table.name == _BY_HASH:
        return table.c.address_hash.in_([address_hash(signing_key, one) for one in addresses])
    if table.name in BY_MENTION:
        return mentions(table, addresses)
    way = _way(table)
    if way is None:
        raise LookupError(f"{table.name}: no foreign key leads to a customer")
    if way.column.table.name == _CUSTOMERS:
        return way.parent == customer_id
    parent = way.column.table
    return way.parent.in_(select(way.column).where(of_customer(parent, customer_id)))


def mentions(table: Table, addresses: Collection[str]) -> ColumnElement[bool]:
    """Whether a row's raw form may hold one of these addresses."""
    raw = [cast(column, Text) for column in table.columns if isinstance(column.type, JSON)]
    forms = needles(addresses)
    return or_(False, *(one.icontains(form, autoescape=True) for one in raw for form in forms))


def _leads_there(table: Table) -> bool:
    return table.name == _CUSTOMERS or _way(table) is not None


def _way(table: Table) -> ForeignKey | None:
    """The foreign key by which a row belongs to a customer: straight, else by another table's."""
    if table.name == _CUSTOMERS or table.name in NOTHING_OF_A_CUSTOMER:
        return None
    keys = sorted(table.foreign_keys, key=lambda key: key.column.table.name != _CUSTOMERS)
    return next((key for key in keys if _leads_there(key.column.table)), None)
