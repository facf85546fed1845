"""Whose benefits count in which time, from the record."""

from datetime import date
from decimal import Decimal

from sqlalchemy import Connection, Engine, insert

from contacts.record.customers.facts import load_facts
from contacts.record.engine import reading, writing
from contacts.record.orders.benefits import Benefit
from contacts.record.tables import Contract
from contacts.settings import Settings
from tests.cast import NOW, ada, bob


def test_it_is_of_the_contracts_time_or_of_the_last_year(
    engine: Engine, settings: Settings
) -> None:
    with writing(engine) as connection:
        her, his = ada(connection), bob(connection)
        lasts = {"starts_on": date(2026, 6, 1), "ends_on": date(2027, 5, 31)}
        contract = {"contract_id": "C-1", "customer_id": her, "value": 1, "currency": "EUR"}
        connection.execute(insert(Contract).values(contract | lasts))
        for who in (her, his):
            for day in ("2025-11-19", "2025-11-21", "2026-05-31", "2026-06-01", "2026-11-20"):
                _got(connection, who, day)
    with reading(engine) as connection:
        found = load_facts(connection, [her, his], settings=settings, now=NOW)
        spared = load_facts(
            connection, [her], settings=settings, now=NOW, parts=frozenset({"contract"})
        )
    assert (found[her].recap.since, found[her].recap.until) == (lasts["starts_on"], NOW.date())
    assert [str(one["on"]) for one in found[her].recap.items] == ["2026-06-01", "2026-11-20"]
    assert found[his].recap.count == 4
    assert found[his].recap.worth == ({"currency": "EUR", "amount": Decimal("8.00")},)
    assert spared[her].recap.count == 0


def _got(connection: Connection, customer_id: int, day: str) -> None:
    row = {"benefit_id": f"{customer_id}-{day}", "given_on": date.fromisoformat(day)}
    worth = {"worth": 2, "currency": "EUR", "text": "x"}
    connection.execute(insert(Benefit).values(customer_id=customer_id, **row, **worth))
