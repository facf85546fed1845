"""Everything on record of a customer, given out: whole, theirs alone, for nobody else to read."""

import csv
import json
import stat
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from contacts.privacy.export import WHOLE, Held, held_of, write_folder
from contacts.record.customers.address_keys import address_hash
from contacts.record.customers.erasures import keep_off
from contacts.record.engine import reading, writing
from contacts.record.tables import Base, Customer
from tests.cast import NOW, SIGNING_KEY
from tests.whole_record import REPLY, everything


def held(engine: Engine, *, of: str = "ada@example.com") -> Held:
    with reading(engine) as connection:
        row = connection.execute(select(Customer).where(Customer.email == of)).one()
        return held_of(connection, row, signing_key=SIGNING_KEY, now=NOW)


@pytest.fixture
def filled(engine: Engine) -> Engine:
    with writing(engine) as connection:
        everything(connection)
        hashed = address_hash(SIGNING_KEY, "ada@example.com")
        keep_off(connection, address_hash=hashed, channel="email", at=NOW)
    return engine


def test_c19_the_export_has_every_column_of_every_table_that_holds_something(
    filled: Engine,
) -> None:
    found = held(filled)
    for name, rows in found.tables.items():
        columns = Base.metadata.tables[name].columns.keys()
        assert list(found.columns[name]) == columns
        assert all(list(row) == columns for row in rows)
    filled_tables = {name for name, rows in found.tables.items() if rows}
    assert set(found.tables) - filled_tables == {"erasures", "erasure_requests", "stuck_events"}


def test_c19_the_export_is_of_that_customer_alone(filled: Engine) -> None:
    assert "bob@example.com" not in held(filled).as_json()
    his = held(filled, of="bob@example.com")
    assert [row["customer_id"] for row in his.tables["events"]] == [his.customer_id]
    assert his.tables["messages"] == his.tables["suppressions"] == []


def test_c19_its_folder_is_new_and_for_its_owner_alone(filled: Engine, tmp_path: Path) -> None:
    folder = tmp_path / "given" / "ada"
    files = write_folder(held(filled), folder)
    modes = {stat.S_IMODE(one.stat().st_mode) for one in files}
    assert modes == {0o600}
    assert {stat.S_IMODE(one.stat().st_mode) for one in (folder, folder.parent)} == {0o700}
    with pytest.raises(FileExistsError):
        write_folder(held(filled), folder)


def test_c19_s07_its_files_say_the_same_and_no_cell_is_a_formula(
    filled: Engine, tmp_path: Path
) -> None:
    write_folder(held(filled), tmp_path / "ada")
    tables = json.loads((tmp_path / "ada" / WHOLE).read_text("utf-8"))["tables"]
    for name, rows in tables.items():
        with (tmp_path / "ada" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            lines = list(csv.DictReader(file))
        assert len(lines) == len(rows)
    assert tables["customers"][0]["phone"] == "+12025550111"
    with (tmp_path / "ada" / "customers.csv").open(encoding="utf-8", newline="") as file:
        (line,) = csv.DictReader(file)
    assert (line["phone"], line["attributes"]) == ("'+12025550111", '{"seats": "12"}')
    assert REPLY in (tmp_path / "ada" / "events.csv").read_text("utf-8")
