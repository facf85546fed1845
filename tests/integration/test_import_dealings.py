"""Orders and contracts from CSV: both belong to customers by e-mail address."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, Row, select

from contacts.record.engine import reading, writing
from contacts.record.imports import ImportReport, import_contracts, import_orders
from contacts.record.imports.run import CHUNK
from contacts.record.tables import Contract, Event, Order
from contacts.settings import Settings
from tests.cast import NOW, ada, bob

ORDERS = "order_id,email,ordered_at,amount,currency,items"
TEA = "A-1,ada@example.com,2026-11-01T10:00:00Z,20.50,EUR,2 tea"
CONTRACTS = "contract_id,email,starts_on,ends_on,value,currency,kind"
SUPPORT = "C-1,ada@example.com,2026-01-01,2026-12-31,1200,EUR,support"
Import = Callable[..., ImportReport]


@pytest.fixture
def run(engine: Engine, settings: Settings, tmp_path: Path) -> Import:
    """Import these lines as orders or contracts of Ada and Bob."""
    with writing(engine) as connection:
        ada(connection)
        bob(connection)

    def run(*lines: str, **options: Any) -> ImportReport:
        path = tmp_path / "dealings.csv"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        import_ = import_orders if lines[0].startswith("order_id") else import_contracts
        return import_(engine, path, settings=settings, now=NOW, **options)

    return run


def test_an_order_belongs_to_the_customer_with_its_address(run: Import, engine: Engine) -> None:
    assert run(ORDERS, TEA.replace("ada@", "ADA@")).created == 1
    (order,) = _all(engine, Order)
    assert order.amount == Decimal("20.50")
    assert (order.currency, order.items) == ("EUR", "2 tea")
    assert order.ordered_at == datetime(2026, 11, 1, 10, tzinfo=UTC)
    assert _all(engine, Event) == []


def test_importing_orders_twice_changes_nothing(run: Import, engine: Engine) -> None:
    run(ORDERS, TEA)
    before = _all(engine, Order)
    report = run(ORDERS, TEA)
    assert (report.created, report.updated, report.unchanged) == (0, 0, 1)
    assert _all(engine, Order) == before


def test_an_order_can_be_corrected(run: Import, engine: Engine) -> None:
    run(ORDERS, TEA)
    assert run(ORDERS, TEA.replace("20.50", "-5")).updated == 1
    assert [order.amount for order in _all(engine, Order)] == [Decimal("-5.00")]


def test_a_time_without_an_offset_is_on_the_customers_clock(run: Import, engine: Engine) -> None:
    run(
        ORDERS,
        TEA.replace("T10:00:00Z", "T10:00"),
        TEA.replace("A-1", "A-2").replace("T10:00:00Z", ""),
    )
    first, second = _all(engine, Order)
    assert first.ordered_at == datetime(2026, 11, 1, 15, tzinfo=UTC)
    assert second.ordered_at == datetime(2026, 11, 1, 4, tzinfo=UTC)  # still daylight saving time


@pytest.mark.parametrize(
    ("changed", "to", "column", "word"),
    [
        ("ada@example.com", "zoe@example.com", "email", "no customer"),
        ("ada@example.com", "", "email", "blank"),
        ("20.50", "20,50", "amount", "cells"),
        ("20.50", "1e3", "amount", "1234.50"),
        ("EUR", "EURO", "currency", "ISO 4217"),
        ("EUR", "", "currency", "blank"),
        ("A-1", "", "order_id", "blank"),
        ("2026-11-01T10:00:00Z", "01.11.2026", "ordered_at", "YYYY-MM-DD"),
        ("2026-11-01T10:00:00Z", "2027-11-01", "ordered_at", "future"),
    ],
)
def test_a_bad_order_is_named(
    run: Import, engine: Engine, changed: str, to: str, column: str, word: str
) -> None:
    report = run(ORDERS, TEA, TEA.replace("A-1", "A-2").replace(changed.replace("A-1", "A-2"), to))
    assert report.created == 1
    (fault,) = report.faults
    assert fault.line == 3
    assert word in fault.message
    assert "@" not in fault.message


def test_a_double_order_is_a_fault_of_the_later_line(run: Import) -> None:
    report = run(ORDERS, TEA, TEA)
    assert report.created == 1
    assert "line 2" in report.faults[0].message


def test_a_double_order_is_found_far_apart_too(run: Import) -> None:
    others = [TEA.replace("A-1", f"B-{number}") for number in range(CHUNK + 1)]
    report = run(ORDERS, TEA, *others, TEA)
    assert report.created == CHUNK + 2
    assert "line 2" in report.faults[0].message


def test_orders_of_later_days_wait(run: Import) -> None:
    assert run(ORDERS, TEA, until=date(2026, 10, 31)).later == 1
    assert run(ORDERS, TEA, until=date(2026, 11, 1)).created == 1


def test_a_contract_goes_in_and_can_be_prolonged(run: Import, engine: Engine) -> None:
    assert run(CONTRACTS, SUPPORT).created == 1
    assert run(CONTRACTS, SUPPORT).unchanged == 1
    assert run(CONTRACTS, SUPPORT.replace("2026-12-31", "2027-12-31")).updated == 1
    (contract,) = _all(engine, Contract)
    assert contract.ends_on == date(2027, 12, 31)
    assert contract.value == Decimal(1200)


def test_a_contract_cannot_end_before_it_starts(run: Import) -> None:
    report = run(CONTRACTS, SUPPORT.replace("2026-12-31", "2025-12-31"))
    assert "before starts_on" in report.faults[0].message


def test_contracts_that_start_later_wait(run: Import) -> None:
    assert run(CONTRACTS, SUPPORT, until=date(2025, 12, 31)).later == 1


def test_columns_that_are_not_used_are_said(run: Import) -> None:
    report = run(ORDERS + ",salesman", TEA + ",Olive")
    assert "'salesman' is not used" in report.warnings[0].message


def _all(engine: Engine, table: type[Any]) -> list[Row[Any]]:
    with reading(engine) as connection:
        return list(connection.execute(select(table).order_by(table.id)).all())
