"""What customers got from us: imported or logged, told once, and moved out of the old events."""

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from sqlalchemy import Engine, Row, insert, select

from contacts.cadences.benefits import BenefitKind
from contacts.record.engine import reading, writing
from contacts.record.imports import ImportReport, import_benefits, sync_folder
from contacts.record.migrate import config, migrate
from contacts.record.orders.benefits import Benefit, Worth
from contacts.record.phrases import NoteKind
from contacts.record.tables import Event
from contacts.record.timeline import timeline
from contacts.record.work.notes import Note, record_note
from contacts.settings import Settings
from tests.cast import NOW, ada

HEADER = "benefit_id,email,on,kind,text,worth,currency,hours"
LENT = "B-1,ada@example.com,2026-11-02,extra,A grinder on loan,120,EUR,"
HELPED = "B-2,ada@example.com,2026-11-03,service,A morning at the counter,,,3.5"


def test_benefits_go_in_once_and_can_be_corrected(
    engine: Engine, settings: Settings, tmp_path: Path
) -> None:
    with writing(engine) as connection:
        ada(connection)
    file = tmp_path / "benefits.csv"
    assert _import(engine, settings, file, LENT, HELPED).created == 2
    assert _import(engine, settings, file, LENT, HELPED).unchanged == 2
    assert _import(engine, settings, file, LENT.replace("120", "150.5"), HELPED).updated == 1
    lent, helped = _all(engine)
    assert (lent.given_on, lent.kind) == (date(2026, 11, 2), "extra")
    assert (lent.worth, lent.currency, lent.hours) == (Decimal("150.50"), "EUR", None)
    assert (helped.worth, helped.currency, helped.hours) == (None, None, Decimal("3.50"))
    assert _import(engine, settings, file, LENT.replace("120,EUR", ","), HELPED).updated == 1
    assert [(row.worth, row.currency) for row in _all(engine)] == [(None, None), (None, None)]


@pytest.mark.parametrize(
    ("changed", "to", "column", "word"),
    [
        ("120,EUR", "120,", 56, "needs its currency"),
        ("120,EUR", "-5,EUR", 56, "less than nothing"),
        ("120,EUR", "120,EURO", 60, "ISO 4217"),
        ("2026-11-02", "2026-12-24", 21, "future"),
        ("extra", "gift", 32, "extra, service, response, saving"),
        ("A grinder on loan", "", 38, "blank"),
        ("ada@", "zoe@", 5, "no customer"),
        ("120,EUR,", "120,EUR,two", 64, "hours"),
    ],
)
def test_a_bad_benefit_is_named_by_its_cell(
    sqlite_engine: Engine,
    settings: Settings,
    tmp_path: Path,
    changed: str,
    to: str,
    column: int,
    word: str,
) -> None:
    with writing(sqlite_engine) as connection:
        ada(connection)
    lines = LENT.replace(changed, to), HELPED
    report = _import(sqlite_engine, settings, tmp_path / "benefits.csv", *lines)
    assert (report.created, report.refused) == (1, 1)
    (fault,) = report.faults
    assert (fault.line, fault.column) == (2, column)
    assert word in fault.message


def test_columns_that_a_file_lacks_stay_as_they_are(
    sqlite_engine: Engine, settings: Settings, tmp_path: Path
) -> None:
    with writing(sqlite_engine) as connection:
        ada(connection)
    file = tmp_path / "benefits.csv"
    _import(sqlite_engine, settings, file, LENT)
    header = "benefit_id,email,on,text,currency"
    short = "B-1,ada@example.com,2026-11-02,A mill on loan,USD"
    assert _import(sqlite_engine, settings, file, short, header=header).updated == 1
    (row,) = _all(sqlite_engine)
    assert (row.text, row.worth, row.currency) == ("A mill on loan", Decimal("120.00"), "EUR")


def test_the_workspaces_benefits_go_in_after_its_customers(
    sqlite_engine: Engine, settings: Settings
) -> None:
    data = settings.workspace / "data"
    (data / "customers.csv").write_text("email,joined_on\nada@example.com,2026-11-01\n")
    (data / "benefits.csv").write_text(f"{HEADER}\n{LENT}\n")
    reports = sync_folder(sqlite_engine, data, settings=settings, now=NOW)
    assert [(Path(one.file).name, one.created) for one in reports] == [
        ("customers.csv", 1),
        ("benefits.csv", 1),
    ]


def test_a_logged_benefit_is_told_once_on_the_customers_day(sqlite_engine: Engine) -> None:
    midnight = NOW.replace(hour=3)  # still the day before in New York
    worth = Worth(BenefitKind.SAVING, Decimal("80.00"), "USD", Decimal("1.50"))
    with writing(sqlite_engine) as connection:
        her = ada(connection)
        note = Note(her, NoteKind.BENEFIT, "Cheaper\n  beans", midnight, worth=worth)
        assert record_note(connection, note, now=NOW) is None
        told = [one for one in timeline(connection, her, now=NOW) if one.kind == "benefit"]
    (row,) = _all(sqlite_engine)
    assert (row.given_on, row.source) == (date(2026, 11, 19), "person")
    (entry,) = told
    assert entry.title == "Benefit: saving, 1.5 h, 80.00 USD"
    assert entry.detail == "Cheaper beans"


def test_what_was_logged_before_there_were_benefits_is_one(engine: Engine) -> None:
    said = {"provider": "person", "received_at": NOW, "channel": ""}
    with writing(engine) as connection:
        her = ada(connection)
        settings = config()
        settings.attributes["connection"] = connection
        command.downgrade(settings, "0020_results")
        for number, kind in enumerate(("benefit", "note", "benefit")):
            connection.execute(
                insert(Event).values(
                    **said, event_id=f"e{number}", kind=kind, customer_id=her,
                    occurred_at=NOW - timedelta(days=number),
                    detail="" if number == 2 else f"said {number}",
                )
            )  # fmt: skip
    migrate(engine)
    (row,) = _all(engine)
    assert (row.benefit_id, row.given_on, row.text) == ("log:e0", NOW.date(), "said 0")
    assert (row.customer_id, row.kind, row.source) == (her, "extra", "person")
    with reading(engine) as connection:
        left = connection.execute(select(Event.event_id).order_by(Event.id)).scalars().all()
    assert left == ["e1", "e2"]


def _import(
    engine: Engine, settings: Settings, file: Path, *lines: str, header: str = HEADER
) -> ImportReport:
    file.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    return import_benefits(engine, file, settings=settings, now=NOW)


def _all(engine: Engine) -> list[Row[Any]]:
    with reading(engine) as connection:
        return list(connection.execute(select(Benefit).order_by(Benefit.benefit_id)))
