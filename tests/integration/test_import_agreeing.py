"""Customers of a file who agree later than wanted: left for later, with what belongs to them."""

from datetime import timedelta
from pathlib import Path

from sqlalchemy import Engine, select

from contacts.record.engine import reading
from contacts.record.imports import sync_folder
from contacts.record.imports.agreeing import agreed_at
from contacts.record.tables import Consent, Customer, Order
from contacts.settings import Settings
from tests.cast import NOW

HEADER = "email,timezone,joined_on,consent_email,consent_source,consent_at\n"
AGREED = NOW + timedelta(hours=1)


def customers(folder: Path) -> Path:
    """Ada agrees in an hour, Bob never said a word."""
    folder.mkdir()
    path = folder / "customers.csv"
    on = NOW.date()
    ada = f"ada@example.com,Europe/Berlin,{on},yes,a form,{AGREED.isoformat()}\n"
    bob = f"bob@example.com,Europe/Berlin,{on},,,\n"
    path.write_text(HEADER + ada + bob, encoding="utf-8")
    order = f"order_id,email,ordered_at,amount,currency\nA-1,ada@example.com,{on},10.00,EUR\n"
    (folder / "orders.csv").write_text(order, encoding="utf-8")
    return path


def test_who_agrees_later_comes_in_with_their_orders_once_that_time_has_come(
    sqlite_engine: Engine, settings: Settings, tmp_path: Path
) -> None:
    path = customers(tmp_path / "days")
    for now in (NOW, AGREED):
        sync_folder(
            sqlite_engine, path.parent, settings=settings, now=now, until=NOW.date(), agreed_by=now
        )
        with reading(sqlite_engine) as connection:
            emails = connection.execute(select(Customer.email).order_by(Customer.email))
            found = list(emails.scalars())
            orders = len(connection.execute(select(Order.id)).all())
            said = list(connection.execute(select(Consent.at)).scalars())
        known = now == AGREED
        assert found == (["ada@example.com"] if known else []) + ["bob@example.com"]
        assert (orders, said) == ((1, [AGREED]) if known else (0, []))


def test_a_time_without_an_offset_is_on_the_customers_own_clock(
    settings: Settings, tmp_path: Path
) -> None:
    path = tmp_path / "customers.csv"
    path.write_text(
        "email,phone,timezone,consent_email,consent_source,consent_at\n"
        "ada@example.com,,America/Denver,yes,a form,2026-11-10T12:08:00\n"
        "bob@example.com,+977 980 0000007,,yes,a form,2026-11-10T12:08:00\n",
        encoding="utf-8",
    )
    said = [f"{at:%H:%M}" for at in agreed_at(path, settings=settings)]
    assert said == ["06:23", "19:08"]
