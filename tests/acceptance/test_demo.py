"""`touchline demo`: a short one as a person runs it, and the days themselves without Prefect."""

import asyncio
import json
import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from contacts.care.freshness import freshness
from contacts.record.customers.proofs import history
from contacts.record.engine import open_record, reading
from contacts.record.enrolments.totals import CadenceTotals, tally_of, totals_by_cadence
from contacts.record.tables import Attempt, Consent, Customer, Message, Task, Touch
from contacts.settings import load_settings
from contacts.web.app import create_app
from flows.demo.folder import prepare, take_over
from flows.failure import REFUSED, WORLD, Failure
from flows.running.only_one import only_one
from flows.workspace import record_of
from tests.console import Console
from tests.leftovers import processes_of

if TYPE_CHECKING:  # it brings Prefect along
    from flows.demo.days import Day

Give = Callable[[Path], None]
TODAY = date(2026, 11, 20)
NOW = datetime.combine(TODAY, time(12), UTC)
HERE = "http://127.0.0.1:8000"
LATE = """\
name: onboarding
goal: a late hello
purpose: service
start: {on: customer.added, where: customer.days_since_joined <= 14}
stop: {on: [opt_out]}
window: {start: "09:00", end: "18:00", days: [mon, tue, wed, thu, fri], holidays: skip}
steps:
  - {key: hello, channel: email, template: welcome, day: 1, at: "13:00"}
  - {key: tips, channel: email, template: who_to_ask, day: 5}
"""
"""In Honolulu its first message leaves in the last hour of a day of UTC."""


JOINED, AGREED = TODAY - timedelta(days=1), TODAY - timedelta(days=2)
JOINING = ("Pacific/Pago_Pago", "America/Denver", "Pacific/Kiritimati")
"""Where those live who join on the second day."""
AGREEING = {
    "America/Boise": f"{AGREED}T12:08:00-07:00",
    "America/Los_Angeles": f"{AGREED}T16:05:00",  # the next day in UTC
    "Asia/Kathmandu": f"{AGREED}T10:08:00+05:45",
}
"""Where those live who join on the first day, and when they agree."""


@dataclass(frozen=True)
class Life:
    """Two days, with some who join and some who agree on the way."""

    folder: Path
    days: "list[Day]"


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory, give_record: Give) -> Life:
    folder = tmp_path_factory.mktemp("life") / "demo"
    prepare(folder, today=TODAY)
    for zone in JOINING:
        add_customer(folder, timezone=zone, joined_on=JOINED)
    for zone, at in AGREEING.items():
        add_customer(folder, timezone=zone, joined_on=AGREED, consent_at=at)
    return Life(folder, lived_days(folder, give_record, days=2))


@pytest.fixture(params=["given", pytest.param("made", marks=pytest.mark.long)])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Prefect's, which the demo's Prefect has to make, or finds made by the same migrations."""
    if request.param == "given":
        given: Path = request.getfixturevalue("prefect_elsewhere")
        return given
    return tmp_path / "demo" / ".touchline" / "prefect" / "prefect.db"


@pytest.mark.timeout(240)
def test_the_demo_lives_its_days_as_real_flow_runs_and_ends(tmp_path: Path, database: Path) -> None:
    folder = tmp_path / "demo"
    ended = demo(folder, "--days", "2")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "onboarding" in ended.stdout
    assert "active customers are in hand" in ended.stdout
    assert " up       keep it running" in ended.stdout
    assert "Day 2 of 2: " in ended.stdout  # no terminal: a plain line instead of the bar
    shown = (folder / "messages.html").read_text("utf-8").count("<iframe")
    assert shown == mails_of_each_step_and_language(folder) > 0
    runs = runs_of(database)
    assert len(runs) == 2
    assert all(" · " in name and "sent" in name for name, _, _ in runs)
    assert {state for _, state, _ in runs} == {"COMPLETED"}
    assert {tag for _, _, tags in runs for tag in tags} == cadences_that_sent(folder)
    assert processes_of(folder) == []
    (advice,) = [line for line in ended.stdout.splitlines() if "the proof, at any time" in line]
    asked = subprocess.run(
        ["sh", "-c", advice.partition("    the proof")[0]], capture_output=True, text=True,
        timeout=60, check=False,
    )  # fmt: skip
    assert asked.returncode == 0, asked.stderr
    assert "are in hand" in asked.stdout


def test_a_demo_lived_anew_keeps_the_files_and_drops_what_happened(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    prepare(folder, today=TODAY)
    cadence = folder / "cadences" / "onboarding.yaml"
    cadence.write_text(cadence.read_text("utf-8") + "# mine\n", encoding="utf-8")
    (folder / ".touchline" / "touchline.db").write_bytes(b"what happened")
    _, again = prepare(folder, today=TODAY)
    assert again
    assert cadence.read_text("utf-8").endswith("# mine\n")
    assert not (folder / ".touchline" / "touchline.db").exists()


def test_the_demo_reaches_nobody_whatever_keys_there_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOUCHLINE_SENDGRID_API_KEY", "SG.example")
    monkeypatch.setenv("TOUCHLINE_TWILIO_ACCOUNT_SID", "AC0")
    monkeypatch.setenv("TOUCHLINE_TWILIO_AUTH_TOKEN", "example")
    settings, _ = prepare(tmp_path / "demo", today=TODAY)
    assert not settings.email_is_live
    assert not settings.sms_is_live


def test_links_that_a_demo_wrote_are_answered_once_it_has_ended(life: Life) -> None:
    settings = load_settings(life.folder)
    engine = record_of(settings)
    with reading(engine) as connection:
        mails = list(connection.execute(select(Message.html)).scalars())
    links = re.findall(r'"(http://[^"]+/[upv]/[^"]+)"', " ".join(html or "" for html in mails))
    one_of_each = {urlsplit(link).path[:3]: urlsplit(link).path for link in links}
    client = TestClient(create_app(settings, engine, clock=lambda: NOW))
    answers = {page: client.get(path).status_code for page, path in one_of_each.items()}
    engine.dispose()
    assert {link[: len(HERE)] for link in links} == {HERE}
    assert answers == {"/u/": 200, "/p/": 200, "/v/": 200}


def test_the_links_of_a_demo_are_those_of_its_workspace(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    settings, _ = prepare(folder, today=TODAY)
    assert settings.public_url == HERE != settings.local_url
    toml = folder / "touchline.toml"
    toml.write_text(f"web_port = 8010\n{toml.read_text('utf-8')}", encoding="utf-8")
    assert prepare(folder, today=TODAY)[0].public_url == "http://127.0.0.1:8010"
    toml.write_text(f'public_url = "https://t.example"\n{toml.read_text("utf-8")}', "utf-8")
    assert prepare(folder, today=TODAY)[0].public_url == "https://t.example"


def test_the_demo_lived_anew_keeps_the_key_of_links_that_went_out(tmp_path: Path) -> None:
    settings, _ = prepare(tmp_path / "demo", today=TODAY)
    key = settings.signing_key
    again, _ = prepare(tmp_path / "demo", today=TODAY)
    assert again.signing_key == key


def test_the_demo_never_replaces_a_record_that_it_did_not_make(tmp_path: Path) -> None:
    folder = tmp_path / "business"
    prepare(folder, today=TODAY)
    (folder / ".touchline" / "demo").unlink()
    with pytest.raises(Failure, match="Name another folder"):
        prepare(folder, today=TODAY)


def test_a_demo_that_up_took_over_says_so_and_how_to_start_over(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    settings, _ = prepare(folder, today=TODAY)
    take_over(settings)
    take_over(settings)
    with pytest.raises(Failure, match=r"'touchline up' has taken this demo over.*make clean"):
        prepare(folder, today=TODAY)


def test_no_demo_is_made_inside_a_workspace(
    tmp_path: Path, console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare(tmp_path, today=TODAY)
    monkeypatch.chdir(tmp_path)
    assert console("demo").code == REFUSED
    assert not (tmp_path / "demo").exists()


def test_a_demo_that_is_running_is_not_replaced(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    settings, _ = prepare(folder, today=TODAY)
    (folder / ".touchline" / "touchline.db").write_bytes(b"what happens")
    with only_one(settings), pytest.raises(Failure, match="is running here"):
        prepare(folder, today=TODAY)
    assert (folder / ".touchline" / "touchline.db").exists()


def test_the_demo_leaves_other_folders_alone(tmp_path: Path) -> None:
    (tmp_path / "letters.txt").write_text("Dear Ada", encoding="utf-8")
    with pytest.raises(Failure, match="is not empty"):
        prepare(tmp_path, today=TODAY)


@pytest.mark.skipif(sys.platform != "linux", reason="a file system that nobody may write to")
def test_a_folder_that_cannot_be_made_is_named_with_the_remedy() -> None:
    with pytest.raises(Failure, match=r"^/sys/demo: cannot be written: .*name another") as failed:
        prepare(Path("/sys/demo"), today=TODAY)
    assert failed.value.exit_code == WORLD


def test_a_demo_whose_state_cannot_be_written_is_named_with_its_folder(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    prepare(folder, today=TODAY)
    lock = folder / ".touchline" / "up.lock"
    lock.unlink(missing_ok=True)
    lock.mkdir()
    with pytest.raises(Failure, match="cannot be written") as failed:
        prepare(folder, today=TODAY)
    assert failed.value.message.startswith(f"{folder}: ")
    assert str(lock) in failed.value.message


@pytest.mark.parametrize("days", [1, pytest.param(5, marks=pytest.mark.long)])
def test_the_same_files_live_the_same_days_and_a_changed_cadence_other_ones(
    tmp_path: Path, give_record: Give, days: int
) -> None:
    folder = tmp_path / "demo"
    before = lived(folder, give_record, days=days)
    assert lived(tmp_path / "other", give_record, days=days) == before
    cadence = folder / "cadences" / "renewal.yaml"
    cadence.write_text(
        cadence.read_text("utf-8").replace("before: 60d", "before: 5d"), encoding="utf-8"
    )
    after = lived(folder, give_record, days=days)
    assert after.get("renewal", CadenceTotals()).sent < before["renewal"].sent
    assert after["onboarding"] == before["onboarding"]


async def test_a_day_that_is_cut_short_keeps_what_was_done(
    tmp_path: Path, give_record: Give
) -> None:
    from flows.demo.days import live
    from flows.demo.people import People
    from flows.demo.world import open_world

    settings, _ = prepare(tmp_path / "demo", today=TODAY)
    give_record(settings.workspace)
    engine = record_of(settings)
    hours = iter(range(17))
    async with open_world(settings, engine) as world:
        people = People(world, since=datetime.combine(TODAY, time(), UTC))
        day = await live(world, people, TODAY, go_on=lambda: next(hours, None) is not None)
    with reading(engine) as connection:
        totals = totals_by_cadence(connection)
    engine.dispose()
    assert day.cut_short
    assert day.sent.sent == sum(one.sent for one in totals.values()) > 0


def test_nobody_is_written_to_before_they_join_on_their_own_calendar(life: Life) -> None:
    engine = record_of(load_settings(life.folder))
    with reading(engine) as connection:
        query = select(Customer.timezone, Attempt.started_at).join(
            Customer, Customer.id == Attempt.customer_id
        )
        new = query.where(Customer.email.in_([address_in(zone) for zone in JOINING]))
        welcomed = connection.execute(new).all()
    engine.dispose()
    assert sorted(zone for zone, _ in welcomed) == sorted(JOINING)
    for zone, at in welcomed:
        assert at.astimezone(ZoneInfo(zone)).date() >= JOINED, zone


def test_nobody_is_written_to_before_they_agree_and_their_record_says_when(life: Life) -> None:
    engine = record_of(load_settings(life.folder))
    with reading(engine) as connection:
        for zone, at in AGREEING.items():
            said = datetime.fromisoformat(at)
            said = said if said.tzinfo else said.replace(tzinfo=ZoneInfo(zone))
            theirs = select(Consent.at, Consent.recorded_at).join(
                Customer, Customer.id == Consent.customer_id
            )
            found = connection.execute(theirs.where(Customer.email == address_in(zone))).one()
            first = connection.execute(
                select(Attempt.started_at)
                .join(Customer, Customer.id == Attempt.customer_id)
                .where(Customer.email == address_in(zone))
                .order_by(Attempt.started_at)
            ).scalars()
            welcomed = next(iter(first))
            assert found.at == said, zone
            assert said <= found.recorded_at <= welcomed, zone
            assert welcomed.astimezone(ZoneInfo(zone)).date() == AGREED, zone
    engine.dispose()


def test_a_days_last_messages_leave_nobody_without_a_next_touch(
    tmp_path: Path, give_record: Give
) -> None:
    folder = tmp_path / "demo"
    settings, _ = prepare(folder, today=TODAY)
    add_customer(folder, timezone="Pacific/Honolulu", joined_on=TODAY - timedelta(days=3))
    (folder / "cadences" / "onboarding.yaml").write_text(LATE, encoding="utf-8")
    lived(folder, give_record, days=1)
    engine = record_of(settings)
    end = datetime.combine(TODAY, time(), UTC)
    with reading(engine) as connection:
        found = freshness(connection, now=end, settings=settings)
    engine.dispose()
    assert found.uncovered == []


def test_what_an_owner_notes_of_an_answer_fits_it(life: Life) -> None:
    from flows.demo.people import ANSWERED_BY

    noted = replies_and_notes(life.folder)
    assert noted
    assert all(note in ANSWERED_BY[said] for said, note in noted)


def test_each_day_has_the_proof_of_its_night(life: Life) -> None:
    engine = record_of(load_settings(life.folder))
    with reading(engine) as connection:
        proofs = history(connection, datetime.min.replace(tzinfo=UTC))
    engine.dispose()
    assert [one.at.date() for one in proofs] == [AGREED, JOINED]
    assert all(one.holds and one.active > 0 for one in proofs)


def test_a_days_count_is_the_tables_count(life: Life) -> None:
    totals = totals_of(life.folder)
    assert life.days[-1].so_far == tally_of(totals.values())
    skipped = sum(sum(of.total() for of in day.skipped.values()) for day in life.days)
    assert skipped == sum(day.came.skipped for day in life.days) == life.days[-1].so_far.skipped > 0


def add_customer(folder: Path, *, timezone: str, joined_on: date, consent_at: str = "") -> None:
    data = folder / "data" / "customers.csv"
    columns = data.read_text("utf-8").splitlines()[0].split(",")
    given = {
        "email": address_in(timezone), "first_name": "Ada", "timezone": timezone,
        "joined_on": str(joined_on), "owner": "olive@ninekettles.example", "locale": "en",
    }  # fmt: skip
    if consent_at:
        given |= {"consent_email": "yes", "consent_source": "a form", "consent_at": consent_at}
    with data.open("a", encoding="utf-8") as file:
        file.write(",".join(given.get(column, "") for column in columns) + "\n")


def address_in(timezone: str) -> str:
    """The address of whoever is new there."""
    return f"{timezone.rpartition('/')[2].lower()}@customer.example"


def lived(folder: Path, give_record: Give, *, days: int) -> dict[str, CadenceTotals]:
    """What the cadences did in so many days, without Prefect."""
    lived_days(folder, give_record, days=days)
    return totals_of(folder)


def lived_days(folder: Path, give_record: Give, *, days: int) -> "list[Day]":
    from flows.demo.days import live
    from flows.demo.people import People
    from flows.demo.world import open_world

    settings, _ = prepare(folder, today=TODAY)
    give_record(folder)
    engine = record_of(settings)

    async def live_all() -> "list[Day]":
        first = TODAY.toordinal() - days
        async with open_world(settings, engine) as world:
            people = People(world, since=datetime.combine(date.fromordinal(first), time(), UTC))
            return [
                await live(world, people, date.fromordinal(on))
                for on in range(first, TODAY.toordinal())
            ]

    every = asyncio.run(live_all())
    engine.dispose()
    return every


def replies_and_notes(folder: Path) -> list[tuple[str, str]]:
    """What customers wrote back, and what their owner noted of it."""
    engine = record_of(load_settings(folder))
    with reading(engine) as connection:
        done = select(Task.brief, Task.outcome).where(Task.kind == "reply", Task.state == "done")
        answered = [(row.brief, row.outcome) for row in connection.execute(done)]
    engine.dispose()
    return answered


def totals_of(folder: Path) -> dict[str, CadenceTotals]:
    engine = open_record(f"sqlite:///{folder / '.touchline' / 'touchline.db'}")
    with reading(engine) as connection:
        totals = totals_by_cadence(connection)
    engine.dispose()
    return totals


def runs_of(database: Path) -> list[tuple[str, str, list[str]]]:
    """(name, state, tags) of every flow run in this database of Prefect's."""
    with closing(sqlite3.connect(database)) as opened:
        rows = opened.execute("SELECT name, state_type, tags FROM flow_run ORDER BY name")
        return [(name, state, json.loads(tags)) for name, state, tags in rows]


def mails_of_each_step_and_language(folder: Path) -> int:
    engine = open_record(f"sqlite:///{folder / '.touchline' / 'touchline.db'}")
    with reading(engine) as connection:
        query = select(Touch.cadence, Touch.step_key, Attempt.template)
        mails = query.join(Touch, Touch.id == Attempt.touch_id).where(Attempt.channel == "email")
        found = len(connection.execute(mails.distinct()).all())
    engine.dispose()
    return found


def cadences_that_sent(folder: Path) -> set[str]:
    engine = open_record(f"sqlite:///{folder / '.touchline' / 'touchline.db'}")
    with reading(engine) as connection:
        query = select(Touch.cadence).join(Attempt, Attempt.touch_id == Touch.id)
        cadences = set(connection.execute(query).scalars())
    engine.dispose()
    return cadences


def demo(folder: Path, *options: str) -> "subprocess.CompletedProcess[str]":
    start = "from flows.command_line import main; main()"
    return subprocess.run(
        [sys.executable, "-c", start, "demo", str(folder), *options],
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
