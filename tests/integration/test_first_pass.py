"""What `up` does before its board is there: take in, plan and prove, and leave the rest alone."""

import subprocess
import sys
from collections.abc import Collection
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from contacts.record.customers.proofs import latest
from contacts.record.engine import reading
from contacts.record.tables import Task, Touch
from contacts.settings import Settings
from contacts.workspace.first_pass import first_pass
from flows.running.children import Child
from flows.running.first_pass import wait_for_first_pass
from tests.cast import NOW
from tests.world import loaded, world

CUSTOMERS = """\
email,first_name,owner,timezone,joined_on,consent_email,consent_source,consent_at
ada@example.com,Ada,olive@example.com,America/New_York,2026-11-20,yes,form,2026-11-20
bob@example.com,Bob,olive@example.com,America/New_York,not-a-day,yes,form,2026-11-20
"""
HELLO = "  - {key: hello, channel: email, template: offer, day: 1}"


@pytest.fixture
def business(sqlite_engine: Engine, settings: Settings) -> Settings:
    """A workspace that nobody has started yet; one of the two customers in its file is wrong."""
    world(sqlite_engine, settings, HELLO)
    (settings.workspace / "cadences").mkdir()
    source = loaded(HELLO, name="hello").source
    (settings.workspace / "cadences" / "hello.yaml").write_text(source, encoding="utf-8")
    (settings.workspace / "data" / "customers.csv").write_text(CUSTOMERS, encoding="utf-8")
    return settings


def planned(engine: Engine) -> list[tuple[str, str]]:
    with reading(engine) as connection:
        rows = connection.execute(select(Touch.cadence, Touch.state))
        return [(row.cadence, row.state) for row in rows]


def test_everybody_in_the_data_folder_is_planned_for_and_proven_at_once(
    sqlite_engine: Engine, business: Settings
) -> None:
    done = first_pass(sqlite_engine, business, now=NOW)
    assert done is not None
    assert [(one.created, one.refused) for one in done.brought] == [(1, 1)]
    assert planned(sqlite_engine) == [("hello", "planned")]
    with reading(sqlite_engine) as connection:
        proof = latest(connection)
    assert proof is not None
    assert (proof.active, proof.by_touch, proof.exceptions) == (1, 1, 0)


def test_where_it_was_proven_within_a_day_the_flows_do_it(
    sqlite_engine: Engine, business: Settings
) -> None:
    assert first_pass(sqlite_engine, business, now=NOW) is not None
    assert first_pass(sqlite_engine, business, now=NOW + timedelta(hours=19)) is None
    assert first_pass(sqlite_engine, business, now=NOW + timedelta(hours=21)) is not None


def test_nothing_of_a_paused_cadence_is_planned(sqlite_engine: Engine, business: Settings) -> None:
    first_pass(sqlite_engine, business, now=NOW, paused=frozenset({"hello"}))
    assert planned(sqlite_engine) == []
    with reading(sqlite_engine) as connection:
        assert connection.execute(select(Task.kind)).scalars().all() == ["check_in"]


@pytest.mark.parametrize(
    ("ends", "words", "told"),
    [
        ("true", ["first pass · 1 of 1 in hand"], "first pass · 1 of 1 in hand"),
        (
            "false",
            ["In all", "disk full"],
            "first pass · not done, so the flows do it all: disk full",
        ),
    ],
)
def test_what_it_did_is_told_and_a_failure_holds_up_nothing(
    tmp_path: Path, ends: str, words: Collection[str], told: str
) -> None:
    log = tmp_path / "first-pass.log"
    log.write_text("\n".join(words), encoding="utf-8")
    child = Child("first pass", subprocess.Popen([ends]), log)
    assert wait_for_first_pass(child, on_wait=lambda: None) == [told]


def test_a_told_stop_is_heard_while_it_works(tmp_path: Path) -> None:
    def stop() -> None:
        raise InterruptedError

    forever = subprocess.Popen([sys.executable, "-Sc", "input()"], stdin=subprocess.PIPE)
    with forever, pytest.raises(InterruptedError):
        wait_for_first_pass(Child("first pass", forever, tmp_path / "log"), on_wait=stop)
