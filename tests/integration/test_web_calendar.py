"""S10, S19, S21: an owner's open tasks as a calendar behind a secret link that can be given up."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import vobject
from fastapi.testclient import TestClient
from httpx import Response
from pydantic import SecretStr
from sqlalchemy import Engine, update

from contacts.cadences.outcomes import Outcome
from contacts.channels.links import calendar_token, unsubscribe_token, view_token
from contacts.record.book.absences import Leave, note_absence
from contacts.record.book.owners import sync_owners
from contacts.record.engine import writing
from contacts.record.phrases import NoteKind
from contacts.record.tables import Task
from contacts.record.work.agenda import renew_link
from contacts.record.work.another_day import another_day
from contacts.record.work.notes import Note, record_note
from contacts.record.work.tasks import NewTask, close_task, open_tasks
from contacts.settings import Owner, Settings
from contacts.web.app import create_app
from tests.cast import NOW, SIGNING_KEY, ada, bob

KEYS = (SIGNING_KEY,)
EVIL = 'Tea; "green", \\n and\r\nBEGIN:VEVENT\r\nSUMMARY:forged'
A_DAY = timedelta(days=1)
PUBLIC = "https://touch.example.com"


class Clock:
    now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def house(settings: Settings) -> Settings:
    """Olive works in Minsk from eight; Meera elsewhere."""
    olive = Owner(
        email="olive@example.com",
        name="Olive Owner",
        timezone="Europe/Minsk",
        hours={"start": "08:00"},  # type: ignore[arg-type]  # as the settings file has it
    )
    meera = Owner(email="meera@example.com", name="Meera Second")
    return settings.model_copy(update={"owners": [olive, meera], "public_url": PUBLIC})


@pytest.fixture
def client(sqlite_engine: Engine, house: Settings, clock: Clock) -> TestClient:
    app = create_app(house, sqlite_engine, clock=clock)
    elsewhere = {"X-Forwarded-For": "192.0.2.7"}
    return TestClient(app, base_url=PUBLIC, headers=elsewhere, client=("127.0.0.1", 4711))


@pytest.fixture
def owners(sqlite_engine: Engine, house: Settings) -> dict[str, int]:
    """Ada and Bob are Olive's."""
    with writing(sqlite_engine) as connection:
        ids = sync_owners(connection, house)
        ada(connection, owner_id=ids["olive@example.com"])
        bob(connection, owner_id=ids["olive@example.com"])
    return ids


@pytest.fixture
def link(owners: dict[str, int]) -> str:
    return address(owners["olive@example.com"])


def address(owner_id: int, number: int = 1) -> str:
    return f"/calendar/{calendar_token(KEYS, owner_id, number)}.ics"


def asked(engine: Engine, title: str, *, due: timedelta, customer_id: int = 1) -> None:
    with writing(engine) as connection:
        task = NewTask(customer_id, "call", title, NOW + due, brief="Her number: +12025550111")
        open_tasks(connection, [task], now=NOW)


def events(answer: Response) -> list[Any]:
    """As the other parser reads them."""
    assert answer.status_code == 200
    calendar = vobject.readOne(answer.text)
    calendar.validate(raiseException=True)
    return list(calendar.contents.get("vevent", []))


def test_each_open_task_is_an_event_of_its_day_with_an_alarm_as_work_begins(
    client: TestClient, sqlite_engine: Engine, link: str
) -> None:
    asked(sqlite_engine, "Welcome call: Ada", due=timedelta(days=2, hours=7))  # past midnight there
    asked(sqlite_engine, "No message may reach this customer", due=5 * A_DAY, customer_id=2)
    answer = client.get(link)
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    call, reach = events(answer)
    assert (call.summary.value, reach.summary.value) == (
        "Welcome call: Ada",
        "No message may reach this customer (Bob Baker)",
    )
    assert (call.dtstart.value, call.dtend.value) == (date(2026, 11, 23), date(2026, 11, 24))
    assert call.valarm.trigger.value == datetime(2026, 11, 23, 5, 0, tzinfo=UTC)  # 08:00 in Minsk
    assert call.url.value == "https://touch.example.com/customers/1"
    assert call.description.value == "Due by Mon 23 Nov 2026, 01:00. Task 1."
    assert call.transp.value == "TRANSPARENT"


def test_what_is_late_moves_on_with_the_days_and_says_so(
    client: TestClient, sqlite_engine: Engine, link: str, clock: Clock
) -> None:
    asked(sqlite_engine, "Welcome call: Ada", due=A_DAY)
    (before,) = events(client.get(link))
    clock.now = NOW + 4 * A_DAY
    (late,) = events(client.get(link))
    assert (late.uid.value, late.summary.value) == (before.uid.value, "Late: Welcome call: Ada")
    assert late.dtstart.value == date(2026, 11, 24)
    assert int(late.sequence.value) > int(before.sequence.value)
    assert late.last_modified.value > before.last_modified.value
    assert "valarm" not in late.contents


def test_a_task_that_is_put_off_moves_and_one_that_is_done_goes(
    client: TestClient, sqlite_engine: Engine, house: Settings, link: str
) -> None:
    asked(sqlite_engine, "Welcome call: Ada", due=A_DAY)
    (before,) = events(client.get(link))
    sequence = int(before.sequence.value)
    for hours, friday in ((1, date(2026, 12, 4)), (2, date(2026, 11, 27))):  # sooner, after all
        with writing(sqlite_engine) as connection:
            again = another_day(connection, 1, friday, settings=house, now=NOW)
            note = Note(1, NoteKind.CALL, "", NOW, result=Outcome.NO_ANSWER, again=again)
            record_note(connection, note, now=NOW + timedelta(hours=hours))
        (after,) = events(client.get(link))
        assert after.uid.value == before.uid.value
        assert after.dtstart.value == friday
        assert int(after.sequence.value) > sequence
        sequence = int(after.sequence.value)
        assert after.last_modified.value == NOW + timedelta(hours=hours)
    with writing(sqlite_engine) as connection:
        close_task(connection, 1, "Done", now=NOW)
    assert events(client.get(link)) == []


def test_who_stands_in_has_the_tasks_of_who_is_away(
    client: TestClient, sqlite_engine: Engine, owners: dict[str, int]
) -> None:
    asked(sqlite_engine, "Welcome call: Ada", due=A_DAY)
    meera = address(owners["meera@example.com"])
    assert events(client.get(meera)) == []
    with writing(sqlite_engine) as connection:
        leave = Leave(
            owners["olive@example.com"], NOW.date(), NOW.date(), owners["meera@example.com"]
        )
        note_absence(connection, leave, now=NOW)
    (task,) = events(client.get(meera))
    assert task.description.value.endswith("You stand in for Olive Owner.")


def test_a_program_that_has_it_already_gets_nothing_again(
    client: TestClient, sqlite_engine: Engine, link: str, clock: Clock
) -> None:
    asked(sqlite_engine, "Welcome call: Ada", due=A_DAY)
    tag = client.get(link).headers["etag"]
    clock.now = NOW + timedelta(hours=3)
    for known in (tag, f'W/{tag}, "other"', "*"):
        answer = client.get(link, headers={"If-None-Match": known})
        assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", tag)
    asked(sqlite_engine, "Another", due=A_DAY)
    assert client.get(link, headers={"If-None-Match": tag}).status_code == 200
    head = client.head(link)
    assert (head.status_code, head.content) == (200, b"")


def test_s10_every_bad_link_to_a_calendar_gets_the_same_answer(
    client: TestClient, sqlite_engine: Engine, owners: dict[str, int], house: Settings
) -> None:
    olive, meera = owners["olive@example.com"], owners["meera@example.com"]
    with writing(sqlite_engine) as connection:
        assert renew_link(connection, olive) == 2
        sync_owners(connection, house.model_copy(update={"owners": house.owners[:1]}))
    assert client.get(address(olive, 2)).status_code == 200
    good = address(olive, 2)
    other = [calendar_token(("another-key",), olive, 2), unsubscribe_token(KEYS, olive, "email"),
             view_token(KEYS, f"{olive}-2"), "", "x" * 300]  # fmt: skip
    bad = [address(olive), address(olive, 3), address(meera), address(99), f"{good[:-6]}A.ics",
           *(f"/calendar/{token}.ics" for token in other)]  # fmt: skip
    answers = {client.get(path).text for path in bad if path != "/calendar/.ics"}
    assert len(answers) == 1
    assert {client.get(path).status_code for path in bad} == {404}
    assert client.get(good.removesuffix(".ics")).status_code == 404


def test_s10_a_link_of_before_a_rotation_of_keys_stays_good(
    sqlite_engine: Engine, house: Settings, link: str, clock: Clock
) -> None:
    rotated = house.model_copy(update={"link_keys": SecretStr("a-newer-key-for-tests")})
    client = TestClient(create_app(rotated, sqlite_engine, clock=clock), base_url=PUBLIC)
    assert client.get(link).status_code == 200


def test_s19_guessing_links_to_calendars_has_an_end(client: TestClient, link: str) -> None:
    guessed = [client.get(address(number, 7)).status_code for number in range(21)]
    assert (guessed[0], guessed[-1]) == (404, 429)
    assert client.get(link).status_code == 429


def test_s21_a_calendar_tells_nobody_its_address_and_no_words_become_lines_of_it(
    client: TestClient, sqlite_engine: Engine, link: str
) -> None:
    with writing(sqlite_engine) as connection:
        open_tasks(connection, [NewTask(1, "call", "x", NOW + A_DAY)], now=NOW)
        connection.execute(update(Task).values(title=EVIL))
    answer = client.get(link)
    (task,) = events(answer)
    assert task.summary.value.startswith('Tea; "green", \\n and')
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["x-robots-tag"] == "noindex"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "set-cookie" not in answer.headers
    assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_a_calendar_has_neither_numbers_nor_addresses_nor_the_brief(
    client: TestClient, sqlite_engine: Engine, link: str
) -> None:
    asked(sqlite_engine, "Welcome call: Ada", due=A_DAY)
    text = client.get(link).text
    assert "+1202" not in text
    assert "ada@example.com" not in text
