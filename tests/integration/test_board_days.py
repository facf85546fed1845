"""The board's day: each owner's own, with what becomes a task before it is over."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, insert

from contacts.record.book.absences import Leave, note_absence
from contacts.record.engine import reading, writing
from contacts.record.tables import OwnerRow
from contacts.record.work.planned import planned_touches
from contacts.record.work.tasks import NewTask, open_tasks
from contacts.settings import Owner, Settings
from contacts.web.app import create_app
from tests.board import account, browser, signed_in
from tests.cast import NOW, ada, bob
from tests.statements import statements
from tests.world import world

DAY = timedelta(days=1)
BREAKFAST = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)  # 07:00 in New York
MEERA = Owner(email="meera@example.com", name="Meera Hill", timezone="Asia/Kathmandu", country="NP")
NORA = Owner(email="nora@example.com", name="Nora Sound", timezone="America/New_York", country="US")
CALL = "  - {{key: welcome-call, channel: call, template: welcome, day: {day}}}\n"
MONDAY_AND_SUNDAY = datetime(2026, 11, 23, 0, 50, tzinfo=UTC)

Looks = Callable[..., str]


@pytest.fixture
def at_two_places(settings: Settings) -> Settings:
    """Meera in Kathmandu and Nora in New York, where the business is."""
    here = {"owners": [MEERA, NORA], "default_timezone": NORA.timezone}
    return settings.model_copy(update=here)


@pytest.fixture
def people(engine: Engine) -> Engine:
    """Ada is Meera's, Bob is Nora's."""
    with writing(engine) as connection:
        for number, one in enumerate((MEERA, NORA), start=1):
            row = {"id": number, "email": one.email, "name": one.name, "timezone": one.timezone}
            connection.execute(insert(OwnerRow).values(row))
        ada(connection, id=1, owner_id=1)
        bob(connection, id=2, owner_id=2)
    return engine


@pytest.fixture
def looks(people: Engine, at_two_places: Settings) -> Looks:
    """What the page says at a moment, as text."""

    def look(at: datetime, whose: str = "all") -> str:
        app = create_app(at_two_places, people, clock=lambda: at)
        with browser(app) as client:
            return in_words(client, f"/?whose={whose}")

    return look


def in_words(client: TestClient, path: str) -> str:
    page = re.sub(r"<details.*?</details>", "", client.get(path).text, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", page.partition("<body")[2]).split())


def gives(engine: Engine, *tasks: NewTask) -> None:
    with writing(engine) as connection:
        open_tasks(connection, tasks, now=NOW)


def plans_a_call(engine: Engine, settings: Settings, *, day: int = 0) -> None:
    """For Ada and Bob, by their cadence, at nine on their clocks."""
    world(engine, settings, CALL.format(day=day)).plan(BREAKFAST)


def test_it_is_a_day_off_for_everybody_only_if_each_has_one_on_their_own_date(
    looks: Looks,
) -> None:
    page = looks(MONDAY_AND_SUNDAY)
    assert "Sun 22 Nov 2026 (America/New_York) · Mon 23 Nov 2026 (Asia/Kathmandu)" in page
    assert "day off" not in page
    assert "No task waits for anybody" in page
    assert "Sunday is a day off for Nora Sound" in looks(MONDAY_AND_SUNDAY, "2")
    assert "day off" not in looks(MONDAY_AND_SUNDAY, "1")
    sunday_and_saturday = looks(NOW + DAY + timedelta(hours=5))
    assert "Today is a day off for everybody" in sunday_and_saturday
    assert "On Mon 23 Nov 2026 nothing waits yet" in sunday_and_saturday
    assert "Saturday is a day off for everybody" in looks(NOW + DAY)


def test_the_holiday_of_one_country_is_no_day_off_for_everybody(looks: Looks) -> None:
    thanksgiving = datetime(2026, 11, 26, 15, 0, tzinfo=UTC)
    assert "Thursday is a day off for Nora Sound" in looks(thanksgiving, "2")
    assert "day off" not in looks(thanksgiving)


def test_what_is_for_today_is_so_by_the_date_of_whose_task_it_is(
    looks: Looks, people: Engine
) -> None:
    evening = datetime(2026, 11, 23, 12, 15, tzinfo=UTC)  # 18:00 in Kathmandu, on Monday
    gives(
        people,
        NewTask(1, "call", "Call Ada by tonight", evening),
        NewTask(2, "call", "Call Bob tomorrow", evening),
    )
    page = looks(MONDAY_AND_SUNDAY)
    assert "Today 1" in page  # beside the page's name, on top
    assert "0 late 1 for today" in page
    today, ahead = page.index("For today 1"), page.index("The next days 1")
    assert today < page.index("Call Ada by tonight") < ahead < page.index("Call Bob tomorrow")


def test_a_day_off_on_different_dates_names_the_next_day_of_each(
    looks: Looks, people: Engine
) -> None:
    monday = [datetime(2026, 11, 23, hour, 0, tzinfo=UTC) for hour in (12, 23)]  # for 18:00
    gives(
        people, *(NewTask(who, "call", "Call", at) for who, at in zip((1, 2), monday, strict=True))
    )
    assert "2 tasks wait for Mon 23 Nov 2026." in looks(NOW + DAY + timedelta(hours=5))


def test_where_nothing_waits_it_says_how_many_messages_go_out_by_themselves(
    looks: Looks, people: Engine, at_two_places: Settings
) -> None:
    mails = "  - {key: one, channel: email, template: hello, day: 0}\n"
    later = "  - {key: two, channel: email, template: offer, day: 3}\n"
    world(people, at_two_places, mails + later).plan(BREAKFAST)
    by_midnight = "to send by midnight in America/New_York by itself."
    assert f"Touchline has 2 messages {by_midnight}" in looks(BREAKFAST)
    with browser(create_app(at_two_places, people, clock=lambda: BREAKFAST)) as client:
        leads_to = "/forecast?whose=all&amp;on=2026-11-20#who"
        assert f'<a href="{leads_to}">2 messages</a>' in client.get("/").text
        assert client.get(leads_to.replace("&amp;", "&")).text.count(">E-mail: ") == 2
    assert "Touchline has 1 message to send today by itself." in looks(BREAKFAST, "2")
    gives(people, NewTask(2, "call", "Call", BREAKFAST))
    assert "to send today by itself" not in looks(BREAKFAST, "2")


def test_a_call_that_becomes_a_task_later_today_is_on_the_page_at_breakfast(
    looks: Looks, people: Engine, at_two_places: Settings
) -> None:
    plans_a_call(people, at_two_places)
    page = looks(BREAKFAST, "2")
    assert "1 later today" in page
    assert "waits for Nora Sound yet" in page
    assert "1 call comes up later today." in page
    assert "Later today 1" in page
    assert "Bob Baker from 09:00 Planned: “welcome call” of Sample" in page
    assert "Log it" not in page
    assert "Ada" not in page
    everybodys = looks(BREAKFAST)
    assert "2 later today" in everybodys
    assert "from 09:00 (America/New_York)" in everybodys
    assert "from 19:45 (Asia/Kathmandu)" in everybodys


async def test_once_it_is_a_task_it_is_announced_no_more(
    looks: Looks, people: Engine, at_two_places: Settings
) -> None:
    await world(people, at_two_places, CALL.format(day=0)).tick(NOW)
    page = looks(NOW, "2")
    assert "Call Bob" in page
    assert "later today" not in page.lower()


def test_what_is_planned_for_the_coming_days_stands_among_their_tasks(
    looks: Looks, people: Engine, at_two_places: Settings
) -> None:
    plans_a_call(people, at_two_places, day=3)
    gives(
        people,
        *(
            NewTask(2, "call", title, NOW + days * DAY)
            for days, title in ((1, "Soon"), (6, "Last"))
        ),
    )
    page = looks(NOW, "2")
    assert "The next days 3" in page
    places = [page.index(words) for words in ("Soon", "from Mon 23 Nov 2026, 09:00", "Last")]
    assert places == sorted(places)
    assert "later today" not in page.lower()


def test_on_a_day_off_what_is_planned_for_the_next_working_day_is_told(
    looks: Looks, people: Engine, at_two_places: Settings
) -> None:
    plans_a_call(people, at_two_places, day=3)
    page = looks(NOW + DAY, "2")
    assert "1 call is planned for Mon 23 Nov 2026, and every reply is answered." in page
    assert "1 for Monday" in page


def test_an_owner_sees_what_is_planned_for_whom_they_stand_in_and_nobody_elses(
    people: Engine, at_two_places: Settings
) -> None:
    plans_a_call(people, at_two_places)
    app = create_app(at_two_places, people, clock=lambda: BREAKFAST)
    with writing(people) as connection:
        number = account(connection, NORA.email, "owner")
    noras = signed_in(app, people, number)
    assert "Ada" not in in_words(noras, "/")
    with writing(people) as connection:
        away = Leave(1, date(2026, 11, 20), date(2026, 11, 21), stand_in_id=2)
        note_absence(connection, away, now=BREAKFAST)
    assert "2 later today" in in_words(noras, "/")
    assert "Ada Archer" in in_words(noras, "/")


def test_they_are_found_without_reading_every_planned_message(sqlite_engine: Engine) -> None:
    for of in (None, {1, 2}):
        with reading(sqlite_engine) as connection, statements(sqlite_engine) as asked:
            planned_touches(connection, of=of, until=NOW, limit=9)
            (query,) = [one for one in asked if "touches" in one]
            explained = f"EXPLAIN QUERY PLAN {query}"
            plan = connection.exec_driver_sql(explained, (None,) * query.count("?")).all()
        assert any("ix_touches_by_person" in row[3] for row in plan)
