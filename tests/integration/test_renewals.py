"""The end of a contract starts cadences, unless the next term is in the book."""

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine, insert

from contacts.record.engine import writing
from contacts.record.orders.benefits import Benefit
from contacts.settings import Settings
from tests.cast import NOW
from tests.terms import DAY, ENDED, ENDING, TODAY, contract, enrolments, first_customer, here_with


async def test_a_renewal_in_the_book_is_the_goal(
    sqlite_engine: Engine, settings: Settings, tmp_path: Path
) -> None:
    goal = "{on: [opt_out], goal: contract.renewed}"
    here = here_with(sqlite_engine, settings, ENDING, stop=goal)
    contract(here, tmp_path, ends=TODAY + 50 * DAY)
    await here.tick(NOW)
    await here.tick(NOW + DAY)
    ends = TODAY + 50 * DAY
    contract(here, tmp_path, id_="C-2", starts=ends + DAY, ends=ends + 365 * DAY, now=NOW + DAY)
    await here.tick(NOW + 30 * DAY)
    await here.tick(NOW + 33 * DAY)
    assert [mail.subject[:3] for mail in here.email.got] == ["C-1"]
    assert [row[:2] for row in enrolments(sqlite_engine)] == [("stopped", "goal")]


def test_a_contract_whose_next_term_is_in_the_book_starts_nothing(
    engine: Engine, settings: Settings, tmp_path: Path
) -> None:
    here = here_with(engine, settings, ENDING)
    ends = TODAY + 50 * DAY
    contract(here, tmp_path, ends=ends)
    contract(here, tmp_path, id_="C-2", starts=ends + DAY, ends=ends + 365 * DAY)
    here.plan(NOW)
    assert enrolments(engine) == []
    contract(here, tmp_path, id_="C-3", kind="lease", ends=TODAY + 55 * DAY)
    here.plan(NOW)
    assert [row[2][:12] for row in enrolments(engine)] == ["contract:C-3"]


async def test_the_end_of_a_project_starts_a_cadence_about_that_very_project(
    engine: Engine, settings: Settings, tmp_path: Path
) -> None:
    here = here_with(engine, settings, ENDED)
    ends = TODAY - 7 * DAY
    contract(here, tmp_path, id_="L-1", kind="lease", ends=ends, starts=ends - 90 * DAY)
    contract(here, tmp_path, id_="L-2", kind="lease", ends=TODAY + 300 * DAY)
    contract(here, tmp_path, id_="P-0", kind="project", ends=TODAY - 30 * DAY)
    contract(here, tmp_path, id_="P-1", kind="project", ends=ends, starts=ends - 90 * DAY)
    her = first_customer(engine)
    with writing(engine) as connection:
        for number, day in enumerate((ends - 91 * DAY, ends - DAY, ends, ends + DAY)):
            row = {"benefit_id": f"B-{number}", "customer_id": her, "text": "x"}
            connection.execute(insert(Benefit).values(row | {"given_on": day}))
    await here.tick(NOW - DAY)
    assert here.email.got == []
    await here.tick(NOW + 12 * DAY - DAY)
    assert [mail.subject for mail in here.email.got] == ["P-1 ends 11/13/26, 2 benefits"]
    assert [row[2] for row in enrolments(engine)] == [f"contract:P-1:{ends}"]
    await here.tick(NOW + 60 * DAY)
    assert len(enrolments(engine)) == 1


def test_of_several_contracts_the_first_that_fits_starts_it(
    sqlite_engine: Engine, settings: Settings, tmp_path: Path
) -> None:
    fits = "{on: contract.ending, before: 60d, where: \"contract.kind == 'lease'\"}"
    here = here_with(sqlite_engine, settings, fits)
    for number, kind in enumerate(("project", "lease", "lease")):
        contract(here, tmp_path, id_=f"C-{number}", kind=kind, ends=TODAY + (20 + number) * DAY,
                  starts=TODAY - (100 + number) * DAY)  # fmt: skip
    here.plan(NOW)
    assert [row[2][:12] for row in enrolments(sqlite_engine)] == ["contract:C-1"]


@pytest.mark.parametrize("ends", [TODAY - 6 * DAY, TODAY - 22 * DAY])
def test_an_end_of_today_or_of_long_ago_starts_nothing(
    sqlite_engine: Engine, settings: Settings, tmp_path: Path, ends: date
) -> None:
    here = here_with(sqlite_engine, settings, ENDED)
    contract(here, tmp_path, kind="project", ends=ends)
    here.plan(NOW)
    assert enrolments(sqlite_engine) == []
