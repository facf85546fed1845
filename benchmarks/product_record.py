"""A workspace for the product's runs: its folder, its record, and the people in it."""

import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, insert, text, update

from benchmarks.people import NOW, people
from contacts.record.book.owners import sync_owners
from contacts.record.customers.address_keys import address_hash
from contacts.record.engine import open_record, writing
from contacts.record.migrate import migrate
from contacts.record.tables import Consent, Contract, Customer, Order, Suppression
from contacts.settings import Settings, load_settings

WORKSPACE = Path(__file__).parent / "workspace"
_HELD_BACK_EVERY = 20  # one customer in so many may not be written to
_PAGE = 500


def prepare(folder: Path, database: str | None, *, touches: int, warm_up: int) -> None:
    """A workspace in which `warm_up` customers are due, and `touches` more once `let_in`.

    Beside them one customer in twenty is held back, half by suppression, half for want of consent.
    """
    shutil.copytree(WORKSPACE, folder)
    given = {} if database is None else {"database_url": database}
    settings = load_settings(folder, **given)
    settings.state.mkdir()
    engine = open_record(settings.url)
    migrate(engine)
    held_back = touches // _HELD_BACK_EVERY
    with writing(engine) as connection:
        owner_id = sync_owners(connection, settings)["olive@tea.example.com"]
    everybody = list(people(warm_up + touches + held_back))
    for first in range(0, len(everybody), _PAGE):
        page = everybody[first : first + _PAGE]
        with writing(engine) as connection:
            _store(connection, page, owner_id=owner_id, warm_up=warm_up)
            allowed = [one for one in page if one["id"] <= warm_up + touches]
            _agree(connection, allowed)
            _hold_back(connection, [one for one in page if one not in allowed], settings)
    if database is not None:
        _tell_the_planner(engine)
    engine.dispose()


def let_in(engine: Engine) -> None:
    """Everybody may be taken in by the cadences from now on."""
    with writing(engine) as connection:
        connection.execute(update(Customer).values(active=True))


def _tell_the_planner(engine: Engine) -> None:
    """What autovacuum would do by itself within a minute: learn the sizes of the tables."""
    with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(text("VACUUM ANALYZE"))


def _store(
    connection: Connection, page: list[dict[str, Any]], *, owner_id: int, warm_up: int
) -> None:
    known = {"owner_id": owner_id, "created_at": NOW, "updated_at": NOW}
    connection.execute(
        insert(Customer), [one | known | {"active": one["id"] <= warm_up} for one in page]
    )
    connection.execute(
        insert(Order), [_order(one, number) for one in page for number in range(1, 4)]
    )
    connection.execute(insert(Contract), [_contract(one) for one in page])


def _order(person: dict[str, Any], number: int) -> dict[str, Any]:
    return {
        "order_id": f"O-{person['id']}-{number}",
        "customer_id": person["id"],
        "ordered_at": NOW - timedelta(days=30 * number),
        "amount": 10 * number,
        "currency": "EUR",
        "items": "Assam, 1 kg",
    }


def _contract(person: dict[str, Any]) -> dict[str, Any]:
    return {
        "contract_id": f"C-{person['id']}",
        "customer_id": person["id"],
        "starts_on": person["joined_on"],
        "ends_on": (NOW + timedelta(days=person["id"] % 300)).date(),
        "value": 1200,
        "currency": "EUR",
        "kind": person["tier"],
    }


def _agree(connection: Connection, page: list[dict[str, Any]]) -> None:
    rows = [
        {
            "customer_id": one["id"],
            "channel": channel,
            "granted": True,
            "source": "signup form v3",
            "at": NOW - timedelta(days=20),
            "recorded_at": NOW,
        }
        for one in page
        for channel in ("email", "sms")
    ]
    if rows:
        connection.execute(insert(Consent), rows)


def _hold_back(connection: Connection, page: list[dict[str, Any]], settings: Settings) -> None:
    """The even ones opted out, and the odd ones never said yes; SMS needs a yes of its own."""
    opted_out = [one for one in page if one["id"] % 2 == 0]
    _agree(connection, opted_out)
    rows = [
        {
            "address_hash": address_hash(settings.signing_key, one[column]),
            "channel": channel,
            "reason": "opt_out",
            "source": "unsubscribe link",
            "at": NOW - timedelta(days=10),
        }
        for one in opted_out
        for channel, column in (("email", "email"), ("sms", "phone"))
    ]
    if rows:
        connection.execute(insert(Suppression), rows)
