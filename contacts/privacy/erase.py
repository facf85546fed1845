"""Erases a customer from every table, in one transaction; the ledger and the suppression stay."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Table, delete, func, select, update

from contacts.privacy.addresses import Address, addresses_of
from contacts.privacy.blanks import EMPTIED, HASHED, REMOVED, WORD
from contacts.privacy.held import of_customer, tables_of_a_customer
from contacts.privacy.mentions import strike_out
from contacts.privacy.requests import add_requests
from contacts.privacy.stopping import answers_on_their_way, in_doubt, stop_everything
from contacts.record.customers.address_keys import address_hash
from contacts.record.customers.erasures import erased_at, keep_off, note_erasure
from contacts.record.engine import RecordError, writing
from contacts.record.locks import hold_customers, hold_imports
from contacts.record.tables import Attempt, Base, Customer, Event, Message
from contacts.record.upkeep.overwriting import overwrite_what_goes

_LONGEST_HASH = 32
_MORE_TRIES = 2
_MESSAGES = Base.metadata.tables["messages"]


@dataclass(slots=True)
class Erased:
    """What an erasure did."""

    customer_id: int
    at: datetime
    is_new: bool = True
    """False where the customer had been erased before, at `at`."""
    counts: dict[str, int] = field(default_factory=dict)
    """Rows by table, of those tables of which something went."""
    addresses: list[Address] = field(default_factory=list)
    """They are held by nobody but the caller from now on."""
    mentions: int = 0
    on_the_way: int = 0
    """Messages without an answer yet: what tells what became of them goes once they have one."""
    requests: Counter[str] = field(default_factory=Counter)
    """What providers are asked for, by provider."""


def what_goes(connection: Connection, customer_id: int) -> dict[str, int]:
    """How many rows of each table an erasure would remove or empty."""
    touched = {*REMOVED, *EMPTIED}
    counts = {
        table.name: connection.execute(
            select(func.count()).select_from(table).where(of_customer(table, customer_id))
        ).scalar_one()
        for table in tables_of_a_customer()
        if table.name in touched
    }
    return {name: count for name, count in counts.items() if count}


def erase(engine: Engine, customer_id: int, *, signing_key: str, now: datetime) -> Erased:
    """Erase this customer. From the commit on no request begins, and nothing names them here."""
    for _ in range(_MORE_TRIES):
        with suppress(RecordError):  # e.g. a deadlock with the planner: what failed left no trace
            return _erase(engine, customer_id, signing_key, now)
    return _erase(engine, customer_id, signing_key, now)


def remove_words(connection: Connection, customer_id: int) -> None:
    """Remove the words of this customer's messages; those in doubt keep what a look-up needs."""
    keep = in_doubt(connection, customer_id)
    theirs = of_customer(_MESSAGES, customer_id)
    connection.execute(delete(Message).where(theirs, Message.attempt_id.not_in(keep)))
    # SendGrid's list knows a mail by our mark, Twilio's by its number and its words.
    mails = select(Attempt.id).where(Attempt.id.in_(keep), Attempt.channel == "email")
    connection.execute(
        update(Message)
        .where(Message.attempt_id.in_(mails))
        .values(address="", subject="", text="", html=None)
    )


def _erase(engine: Engine, customer_id: int, signing_key: str, now: datetime) -> Erased:
    with writing(engine) as connection:
        overwrite_what_goes(connection)
        hold_imports(connection)  # first, as an import does
        hold_customers(connection, [customer_id])
        if (before := erased_at(connection, customer_id)) is not None:
            return Erased(customer_id, before, is_new=False)
        customer = connection.execute(select(Customer).where(Customer.id == customer_id)).one()
        done = Erased(customer_id, now, counts=what_goes(connection, customer_id))
        done.addresses = addresses_of(connection, customer)
        own = [one for one in done.addresses if not one.is_shared]
        stop_everything(connection, customer_id, now=now)
        done.requests = add_requests(connection, customer_id, own, now=now)
        for one in own:
            hashed = address_hash(signing_key, one.value)
            keep_off(connection, address_hash=hashed, channel=one.channel, at=now)
        done.on_the_way = _blank(connection, customer_id)
        done.on_the_way += answers_on_their_way(connection, customer_id, now=now)
        done.mentions = strike_out(connection, [one.value for one in own])
        note_erasure(connection, customer_id, at=now)
    return done


def _blank(connection: Connection, customer_id: int) -> int:
    for table in reversed(tables_of_a_customer()):
        theirs = of_customer(table, customer_id)
        if table.name == _MESSAGES.name:
            remove_words(connection, customer_id)
        elif table.name in REMOVED:
            connection.execute(delete(table).where(theirs))
        elif values := EMPTIED.get(table.name):
            connection.execute(update(table).where(theirs).values(values))
        if table.name in HASHED:
            _hash(connection, table, theirs)
    _empty_unmatched(connection, customer_id)
    return len(in_doubt(connection, customer_id))


def _hash(connection: Connection, table: Table, theirs: Any) -> None:
    """Ids that the business or a mail server chose become hashes; those of our making stay."""
    column = table.c[HASHED[table.name]]
    telling = column.like("%@%") | column.like("contract:%")
    rows: Sequence[Any] = connection.execute(
        select(table.c.id, column.label("name")).where(theirs, telling)
    ).all()
    for row in rows:
        digest = hashlib.sha256(row.name.encode()).hexdigest()[:_LONGEST_HASH]
        hashed = f"{WORD}:{digest}"
        connection.execute(update(table).where(table.c.id == row.id).values({column.name: hashed}))


def _empty_unmatched(connection: Connection, customer_id: int) -> None:
    """Events of their attempts that were stored for nobody, e.g. before the attempt was known."""
    theirs = select(Attempt.id).where(Attempt.customer_id == customer_id)
    connection.execute(
        update(Event)
        .where(Event.customer_id.is_(None), Event.attempt_id.in_(theirs))
        .values(EMPTIED["events"])
    )
