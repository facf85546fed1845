"""`touchline owner`, and what `check` and `doctor` say of customers whom nobody has."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, delete, select

from contacts.record.book.owners import sync_owners
from contacts.record.engine import open_record, reading, writing
from contacts.record.tables import Customer
from contacts.record.work.tasks import NewTask, open_tasks
from contacts.settings import Settings, load_settings
from contacts.web.app import create_app
from flows.doctor.owners import owner_findings
from tests.cast import NOW, customer
from tests.console import Console

OMAR = '\n[[owners]]\nemail = "omar@example.com"\nname = "Omar Other"\nlead = "olive@example.com"\n'


@pytest.fixture
def record(workspace: Path, settings: Settings, give_record: Callable[[Path], None]) -> (
    Iterator[Engine]
):  # fmt: skip
    """Olive and Omar; Ada is Omar's, with a task that is late."""
    toml = workspace / "touchline.toml"
    toml.write_text(toml.read_text("utf-8") + OMAR, encoding="utf-8")
    give_record(workspace)
    engine = open_record(settings.url)
    with writing(engine) as connection:
        ids = sync_owners(connection, load_settings(workspace))
        one = customer(connection, email="ada@example.com", owner_id=ids["omar@example.com"])
        open_tasks(connection, [NewTask(one, "call", "Call", NOW)], now=NOW)
    yield engine
    engine.dispose()


@pytest.fixture
def run(workspace: Path, console: Console, record: Engine) -> Console:
    return partial(console, "-w", str(workspace))


def day(ahead: int) -> str:
    """The command reads the clock itself; both owners are where the default zone is."""
    return str((datetime.now(UTC) + timedelta(days=ahead)).date())


def listed(run: Console) -> dict[str, dict[str, object]]:
    owners = json.loads(run("owner", "list", "--json").out)["owners"]
    return {one["name"]: one for one in owners}


def test_the_link_to_a_calendar_is_shown_and_given_up_for_another(
    run: Console, workspace: Path, record: Engine
) -> None:
    shown = run("owner", "calendar", "omar@example.com").out
    link = shown.splitlines()[0]
    assert link.startswith("http://127.0.0.1:")
    assert link.endswith(".ics")
    assert "Omar Other has to do, and for whom; --new gives it up" in shown
    assert json.loads(run("owner", "calendar", "omar@example.com", "--json").out)["url"] == link
    new = run("owner", "calendar", "omar@example.com", "--new").out.splitlines()[0]
    client = TestClient(
        create_app(load_settings(workspace), record, clock=lambda: datetime.now(UTC))
    )
    path = urlsplit(new).path
    assert "SUMMARY:Late: Call" in client.get(path).text
    assert client.get(urlsplit(link).path).status_code == 404
    assert new != link


def test_an_absence_is_written_down_shown_and_ended(run: Console) -> None:
    said = run("owner", "away", "omar@example.com", "--from", day(3), "--until", day(9))
    assert said.out == (
        f"Omar Other is away from {day(3)} until {day(9)}; Olive Owner stands in.\n"  # his lead
    )
    omar = listed(run)["Omar Other"]
    assert omar["away"] == [
        {"from": day(3), "until": day(9), "stand_in": "olive@example.com"},
    ]
    assert (omar["customers"], omar["tasks"], omar["late"]) == (1, 1, 1)
    shown = run("owner", "list").out
    assert "  mon-fri 09:00-18:00, UTC; lead: Olive Owner\n" in shown
    assert f"  away from {day(3)} until {day(9)}; Olive Owner stands in" in shown
    again = run("owner", "away", "omar@example.com", "--until", day(3))
    assert (again.code, again.err.split(";")[0]) == (
        2, f"Omar Other is away from {day(3)} until {day(9)} already",
    )  # fmt: skip
    assert "will not be away" in run("owner", "back", "omar@example.com", "--on", day(3)).out
    assert listed(run)["Omar Other"]["away"] == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("away", "olive@example.com", "--until", "2099-01-01"),
         "Olive Owner has no lead who would stand in; say who does with --stand-in EMAIL"),
        (("away", "omar@example.com", "--from", "2020-01-01", "--until", "2020-01-03"),
         "--until 2020-01-03: is over; write the last day away"),
        (("away", "omar@example.com", "--until", "soon"),
         "--until soon: write it as YYYY-MM-DD, or today"),
        (("away", "omer@example.com", "--until", "2099-01-01"),
         "no owner has the address omer@example.com; did you mean omar@example.com?"),
        (("away", "nosuch@example.com", "--until", "2099-01-01"),
         "no owner has the address nosuch@example.com; 'touchline owner list' names them all"),
        (("away", "omar@exmaple.com", "--until", "2099-01-01"),
         "no owner has the address omar@exmaple.com; did you mean omar@example.com?"),
        (("back", "omar@example.com", "--on", "2030-01-01"), "Omar Other is not away on 2030"),
        (("hand-over", "omar@example.com", "omar@example.com"), "these customers are that owner's"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_in_a_line(
    run: Console, words: tuple[str, ...], said: str
) -> None:
    ended = run("owner", *words)
    assert (ended.code, ended.err.startswith(said)) == (2, True), ended.err


def test_whose_owner_is_gone_is_told_until_they_are_handed_over(
    run: Console, record: Engine, workspace: Path
) -> None:
    toml = workspace / "touchline.toml"
    toml.write_text(toml.read_text("utf-8").replace(OMAR, ""), encoding="utf-8")
    told = run("check")
    assert told.code == 0
    assert told.err.splitlines() == [
        "warning: Omar Other <omar@example.com> is not in touchline.toml and still has 1 active "
        "customer; 'touchline owner hand-over omar@example.com TO' gives them another owner"
    ]
    assert (
        _doctors_word(record, workspace)
        == "1 active customer without one: they had one who is gone"
    )
    with writing(record) as connection:
        customer(connection, email="nobodys@example.com")
    said = "2 active customers without one: 1 never had one, 1 had one who is gone"
    assert _doctors_word(record, workspace) == said
    with writing(record) as connection:
        connection.execute(delete(Customer).where(Customer.email == "nobodys@example.com"))
    assert "Omar Other <omar@example.com>, no longer in touchline.toml" in run("owner", "list").out
    done = run("owner", "hand-over", "omar@example.com", "olive@example.com")
    assert done.out.startswith("1 customer and 1 open task went from Omar Other to Olive Owner.\n")
    assert run("check").err == ""
    assert _doctors_word(record, workspace) == "every customer has one who is in the settings"
    with reading(record) as connection:
        assert connection.execute(select(Customer.owner_id)).scalars().all() == [1]


def _doctors_word(engine: Engine, workspace: Path) -> str:
    [found] = owner_findings(engine, load_settings(workspace), now=NOW)
    return found.said.partition("' are")[0]
