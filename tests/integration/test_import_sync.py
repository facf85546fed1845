"""The workspace's data folder: what changed goes in, in the right order, and nothing twice."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select

from contacts.record.engine import reading
from contacts.record.imports import ImportReport, sync_folder
from contacts.record.imports.looking import look_at_folder
from contacts.record.tables import Customer, Order
from contacts.settings import Settings, load_settings
from tests.cast import NOW

CUSTOMERS = "email,joined_on\nada@example.com,2026-11-01\n"
ORDERS = "order_id,email,ordered_at,amount,currency\nA-1,{},2026-11-02,5,EUR\n"
Sync = Callable[..., list[ImportReport]]


@pytest.fixture
def data(workspace: Path) -> Path:
    return workspace / "data"


@pytest.fixture
def sync(sqlite_engine: Engine, settings: Settings, data: Path) -> Sync:
    def sync(until: date | None = None, settings: Settings = settings) -> list[ImportReport]:
        return sync_folder(sqlite_engine, data, settings=settings, now=NOW, until=until)

    return sync


def test_an_empty_folder_is_nothing_to_do(sync: Sync, data: Path) -> None:
    assert sync() == []
    data.rmdir()
    assert sync() == []


def test_customers_go_in_before_their_orders(sync: Sync, data: Path, sqlite_engine: Engine) -> None:
    (data / "orders.csv").write_text(ORDERS.format("ada@example.com"))
    (data / "customers.csv").write_text(CUSTOMERS)
    reports = sync()
    assert [(Path(report.file).name, report.created) for report in reports] == [
        ("customers.csv", 1),
        ("orders.csv", 1),
    ]
    assert _count(sqlite_engine, Order) == 1


def test_what_did_not_change_is_not_read(sync: Sync, data: Path) -> None:
    (data / "customers.csv").write_text(CUSTOMERS)
    assert len(sync()) == 1
    assert sync() == []
    (data / "customers.csv").write_text(CUSTOMERS + "bob@example.com,2026-11-01\n")
    (report,) = sync()
    assert (report.created, report.unchanged) == (1, 1)


def test_an_order_goes_in_once_its_customer_is_there(sync: Sync, data: Path) -> None:
    (data / "customers.csv").write_text(CUSTOMERS)
    (data / "orders.csv").write_text(ORDERS.format("bob@example.com"))
    assert [report.refused for report in sync()] == [0, 1]
    (data / "customers.csv").write_text(CUSTOMERS + "bob@example.com,2026-11-01\n")
    assert [report.created for report in sync()] == [1, 1]


def test_a_new_owner_lets_refused_customers_in(sync: Sync, data: Path, workspace: Path) -> None:
    (data / "customers.csv").write_text("email,owner\nada@example.com,oscar@example.com\n")
    assert [report.refused for report in sync()] == [1]
    with (workspace / "touchline.toml").open("a") as file:
        file.write('\n[[owners]]\nemail = "oscar@example.com"\nname = "Oscar Owner"\n')
    assert [report.created for report in sync(settings=load_settings(workspace))] == [1]


def test_one_bad_file_does_not_keep_the_others_out(
    sync: Sync, data: Path, sqlite_engine: Engine
) -> None:
    (data / "contracts.csv").write_text("")
    (data / "customers.csv").write_text(CUSTOMERS)
    customers, contracts = sync()
    assert customers.created == 1
    assert "empty" in contracts.faults[0].message
    (again,) = sync()  # said until it is mended
    assert again.faults == contracts.faults


def test_a_look_finds_the_faults_that_a_sync_does_and_makes_nothing(
    sync: Sync, data: Path, settings: Settings
) -> None:
    (data / "customers.csv").write_text(f"{CUSTOMERS}ada\nada@example,2026-11-01\n")
    (data / "orders.csv").write_text(f"{ORDERS.format('ada@example.com')}A-2,,2026,5,EURO\n")
    (data / "contracts.csv").write_text("contract_id;email\n")
    (data / "benefits.csv").write_text("benefit_id,email,on,text\n")
    found = look_at_folder(data, settings=settings)
    assert [(one.rows, one.refused) for one in found] == [(3, 2), (2, 1), (0, 0), (0, 0)]
    assert not settings.state.exists()
    assert [one.faults for one in found] == [one.faults for one in sync()]


def test_a_simulated_day_takes_in_what_it_brings(
    sync: Sync, data: Path, sqlite_engine: Engine
) -> None:
    (data / "customers.csv").write_text(CUSTOMERS + "bob@example.com,2026-11-03\n")
    assert sync(date(2026, 11, 2))[0].later == 1
    assert _count(sqlite_engine, Customer) == 1
    assert sync(date(2026, 11, 2)) == []
    assert sync(date(2026, 11, 3))[0].created == 1


def _count(engine: Engine, table: type[Customer] | type[Order]) -> int:
    with reading(engine) as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()
