"""The end of a contract starts cadences; moved or renewed, nothing leaves with a date of before."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, insert, select

from contacts.record.benefits import Benefit
from contacts.record.engine import reading, writing
from contacts.record.imports import import_contracts
from contacts.record.tables import Customer, Enrolment
from contacts.record.timeline import timeline
from contacts.settings import Settings
from tests.cast import NOW, ada, bob
from tests.world import World, world

DAY = timedelta(days=1)
TODAY = NOW.date()
ENDING = "{on: contract.ending, before: 60d}"
ENDED = "{on: contract.ended, after: 7d, where: \"contract.kind == 'project'\"}"
STEPS = """\
  - {key: recap, channel: email, template: term, day: 0}
  - {key: reminder, channel: email, template: term, day: 28}
"""
WORDS = "{{ contract.id }} ends {{ contract.ends_on|date('short') }}, {{ recap.count }} benefits"


async def test_a_corrected_end_moves_what_waits_and_repeats_nothing(
    engine: Engine, settings: Settings, tmp_path: Path
) -> None:
    here = _here(engine, settings, ENDING)
    _contract(here, tmp_path, ends=TODAY + 50 * DAY)
    await here.tick(NOW)
    assert here.email.got[0].subject == "C-1 ends 1/9/27, 0 benefits"
    await here.tick(NOW + DAY)
    _contract(here, tmp_path, ends=TODAY + 55 * DAY, now=NOW + 2 * DAY)
    here.plan(NOW + 2 * DAY)
    assert here.touches() == [
        ("recap", "accepted", None),
        ("reminder", "skipped", "moved"),
        ("reminder", "planned", None),
    ]
    await here.tick(NOW + 30 * DAY)  # two days before the 28th day, counted to the new end
    assert len(here.email.got) == 1
    await here.tick(NOW + 33 * DAY)
    assert [mail.subject for mail in here.email.got][1:] == ["C-1 ends 1/14/27, 0 benefits"]
    await here.tick(NOW + 34 * DAY)
    assert _enrolments(engine) == [("finished", None, f"contract:C-1:{TODAY + 55 * DAY}")]


async def test_an_end_moved_there_and_back_loses_no_step(
    sqlite_engine: Engine, settings: Settings, tmp_path: Path
) -> None:
    here = _here(sqlite_engine, settings, ENDING)
    for day, ends in enumerate((50, 55, 50)):
        _contract(here, tmp_path, ends=TODAY + ends * DAY, now=NOW + day * DAY)
        await here.tick(NOW + day * DAY)
        here.plan(NOW + day * DAY + timedelta(hours=1))  # the step after the one that was sent
    await here.tick(NOW + 28 * DAY)
    await here.tick(NOW + 31 * DAY)
    assert [mail.subject[:10] for mail in here.email.got] == ["C-1 ends 1", "C-1 ends 1"]
    assert [touch for touch in here.touches() if touch[1] != "skipped"] == [
        ("recap", "accepted", None),
        ("reminder", "accepted", None),
    ]


async def test_an_end_moved_far_ahead_stops_what_was_begun_and_starts_anew_in_its_time(
    sqlite_engine: Engine, settings: Settings, tmp_path: Path
) -> None:
    here = _here(sqlite_engine, settings, ENDING)
    _contract(here, tmp_path, ends=TODAY + 50 * DAY)
    await here.tick(NOW)
    await here.tick(NOW + DAY)
    later = TODAY + 415 * DAY
    _contract(here, tmp_path, ends=later, now=NOW + 2 * DAY)
    old = f"contract:C-1:{TODAY + 50 * DAY}"
    assert _enrolments(sqlite_engine) == [("stopped", "moved", old)]
    await here.tick(NOW + 31 * DAY)
    assert len(here.email.got) == 1
    await here.tick(NOW + 360 * DAY)
    assert here.email.got[1].subject == "C-1 ends 1/9/28, 0 benefits"
    assert _enrolments(sqlite_engine)[1:] == [("active", None, f"contract:C-1:{later}")]
    her = _ada(sqlite_engine)
    with reading(sqlite_engine) as connection:
        told = [one.detail for one in timeline(connection, her, now=NOW + 361 * DAY)]
    assert "the end of the contract was moved" in told
    assert f"the end of contract C-1 on {later}" in told


async def test_a_contract_that_is_somebody_elses_now_stops_what_was_begun(
    sqlite_engine: Engine, settings: Settings, tmp_path: Path
) -> None:
    here = _here(sqlite_engine, settings, ENDING)
    with writing(sqlite_engine) as connection:
        bob(connection)
    _contract(here, tmp_path, ends=TODAY + 50 * DAY)
    await here.tick(NOW)
    _contract(here, tmp_path, ends=TODAY + 50 * DAY, whose="bob@example.com", now=NOW + DAY)
    assert [row[:2] for row in _enrolments(sqlite_engine)] == [("stopped", "moved")]


async def test_a_renewal_in_the_book_is_the_goal(
    sqlite_engine: Engine, settings: Settings, tmp_path: Path
) -> None:
    goal = "{on: [opt_out], goal: contract.renewed}"
    here = _here(sqlite_engine, settings, ENDING, stop=goal)
    _contract(here, tmp_path, ends=TODAY + 50 * DAY)
    await here.tick(NOW)
    await here.tick(NOW + DAY)
    ends = TODAY + 50 * DAY
    _contract(here, tmp_path, id_="C-2", starts=ends + DAY, ends=ends + 365 * DAY, now=NOW + DAY)
    await here.tick(NOW + 30 * DAY)
    await here.tick(NOW + 33 * DAY)
    assert [mail.subject[:3] for mail in here.email.got] == ["C-1"]
    assert [row[:2] for row in _enrolments(sqlite_engine)] == [("stopped", "goal")]


def test_a_contract_whose_next_term_is_in_the_book_starts_nothing(
    engine: Engine, settings: Settings, tmp_path: Path
) -> None:
    here = _here(engine, settings, ENDING)
    ends = TODAY + 50 * DAY
    _contract(here, tmp_path, ends=ends)
    _contract(here, tmp_path, id_="C-2", starts=ends + DAY, ends=ends + 365 * DAY)
    here.plan(NOW)
    assert _enrolments(engine) == []
    _contract(here, tmp_path, id_="C-3", kind="lease", ends=TODAY + 55 * DAY)
    here.plan(NOW)
    assert [row[2][:12] for row in _enrolments(engine)] == ["contract:C-3"]


async def test_the_end_of_a_project_starts_a_cadence_about_that_very_project(
    engine: Engine, settings: Settings, tmp_path: Path
) -> None:
    here = _here(engine, settings, ENDED)
    ends = TODAY - 7 * DAY
    _contract(here, tmp_path, id_="L-1", kind="lease", ends=ends, starts=ends - 90 * DAY)
    _contract(here, tmp_path, id_="L-2", kind="lease", ends=TODAY + 300 * DAY)
    _contract(here, tmp_path, id_="P-0", kind="project", ends=TODAY - 30 * DAY)
    _contract(here, tmp_path, id_="P-1", kind="project", ends=ends, starts=ends - 90 * DAY)
    her = _ada(engine)
    with writing(engine) as connection:
        for number, day in enumerate((ends - 91 * DAY, ends - DAY, ends, ends + DAY)):
            row = {"benefit_id": f"B-{number}", "customer_id": her, "text": "x"}
            connection.execute(insert(Benefit).values(row | {"given_on": day}))
    await here.tick(NOW - DAY)
    assert here.email.got == []
    await here.tick(NOW + 12 * DAY - DAY)
    assert [mail.subject for mail in here.email.got] == ["P-1 ends 11/13/26, 2 benefits"]
    assert [row[2] for row in _enrolments(engine)] == [f"contract:P-1:{ends}"]
    await here.tick(NOW + 60 * DAY)
    assert len(_enrolments(engine)) == 1


def test_of_several_contracts_the_first_that_fits_starts_it(
    sqlite_engine: Engine, settings: Settings, tmp_path: Path
) -> None:
    fits = "{on: contract.ending, before: 60d, where: \"contract.kind == 'lease'\"}"
    here = _here(sqlite_engine, settings, fits)
    for number, kind in enumerate(("project", "lease", "lease")):
        _contract(here, tmp_path, id_=f"C-{number}", kind=kind, ends=TODAY + (20 + number) * DAY,
                  starts=TODAY - (100 + number) * DAY)  # fmt: skip
    here.plan(NOW)
    assert [row[2][:12] for row in _enrolments(sqlite_engine)] == ["contract:C-1"]


def test_a_project_that_ended_and_runs_again_is_closed_later(
    sqlite_engine: Engine, settings: Settings, tmp_path: Path
) -> None:
    here = _here(sqlite_engine, settings, ENDED)
    _contract(here, tmp_path, id_="P-1", kind="project", ends=TODAY - 8 * DAY)
    here.plan(NOW)
    _contract(here, tmp_path, id_="P-1", kind="project", ends=TODAY - 9 * DAY)
    assert [row[0] for row in _enrolments(sqlite_engine)] == ["active"]
    _contract(here, tmp_path, id_="P-1", kind="project", ends=TODAY + 30 * DAY)
    assert [row[:2] for row in _enrolments(sqlite_engine)] == [("stopped", "moved")]


@pytest.mark.parametrize("ends", [TODAY - 6 * DAY, TODAY - 22 * DAY])
def test_an_end_of_today_or_of_long_ago_starts_nothing(
    sqlite_engine: Engine, settings: Settings, tmp_path: Path, ends: date
) -> None:
    here = _here(sqlite_engine, settings, ENDED)
    _contract(here, tmp_path, kind="project", ends=ends)
    here.plan(NOW)
    assert _enrolments(sqlite_engine) == []


def _here(engine: Engine, settings: Settings, start: str, **top: str) -> World:
    folder = settings.workspace / "templates" / "email" / "term"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "subject.txt").write_text(WORDS)
    (folder / "body.html").write_text("<p>Soon.</p>")
    with writing(engine) as connection:
        ada(connection, joined_on=TODAY - 400 * DAY)
    window = "{start: '09:00', end: '18:00', days: [mon, tue, wed, thu, fri, sat, sun]}"
    return world(engine, settings, STEPS, start=start, window=window, **top)


def _contract(here: World, folder: Path, **changes: Any) -> None:
    """Import one contract of Ada's."""
    row = {"id_": "C-1", "whose": "ada@example.com", "starts": TODAY - 300 * DAY, "kind": "plan"}
    one = row | changes
    file = folder / "contracts.csv"
    file.write_text(
        "contract_id,email,starts_on,ends_on,value,currency,kind\n"
        f"{one['id_']},{one['whose']},{one['starts']},{one['ends']},9,EUR,{one['kind']}\n"
    )
    now = one.get("now", NOW)
    report = import_contracts(here.engine, file, settings=here.settings, now=now)
    assert report.faults == []


def _ada(engine: Engine) -> int:
    with reading(engine) as connection:
        return connection.execute(select(Customer.id).order_by(Customer.id)).scalars().first() or 0


def _enrolments(engine: Engine) -> list[tuple[str, str | None, str]]:
    with reading(engine) as connection:
        rows = connection.execute(select(Enrolment).order_by(Enrolment.id))
        return [(row.state, row.reason, row.trigger) for row in rows]
