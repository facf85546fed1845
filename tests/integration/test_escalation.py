"""What is late goes to its owner once more, then to the lead; who is away is stood in for."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import Engine, insert, select, update

from contacts.channels.outbox import Outbox
from contacts.delivery.own_words.digest import DigestReport, send_digests
from contacts.messages.templates import templates_of
from contacts.record.book.absences import Leave, note_absence
from contacts.record.book.owners import sync_owners
from contacts.record.engine import reading, writing
from contacts.record.tables import Event, OwnerRow, Task
from contacts.record.work.tasks import NewTask, open_tasks
from contacts.settings import Owner, Settings
from contacts.windows import Window
from tests.cast import NOW, customer
from tests.world import Sender

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MONDAY = NOW + 3 * DAY
OLIVE, OMAR, PIA = "olive@example.com", "omar@example.com", "pia@example.com"
Mailed = Callable[..., dict[str, str]]


@pytest.fixture
def team(settings: Settings) -> Settings:
    """Olive leads; Omar has customers, and Pia works on Tuesdays and Fridays."""
    omar = Owner(email=OMAR, name="Omar Other", timezone="Europe/Berlin", country="DE")
    pia = Owner(email=PIA, name="Pia Third", hours=Window(days=("tue", "fri")), lead=OMAR)
    owners = [*settings.owners, omar, pia]
    return settings.model_copy(update={"owners": owners, "lead": OLIVE, "default_country": "DE"})


@pytest.fixture
def mailed(sqlite_engine: Engine, team: Settings) -> Mailed:
    """The text of each mail of a morning, by whose it is."""

    async def run(now: datetime, *, settings: Settings = team, **options: str) -> dict[str, str]:
        mailbox = Sender()
        outbox = Outbox(email=mailbox, sms=Sender(), live=frozenset())
        report = await send_digests(
            sqlite_engine, outbox, settings=settings, templates=templates_of(settings), now=now,
            **options,  # type: ignore[arg-type]  # the zone alone
        )  # fmt: skip
        assert isinstance(report, DigestReport)
        return {one.to: one.text for one in mailbox.got}

    return run


def task(
    engine: Engine, team: Settings, whose: str | None, *, due: datetime = NOW, title: str = "Call"
) -> int:
    """A task for a customer of this owner's; returns the customer."""
    with writing(engine) as connection:
        ids = sync_owners(connection, team)
        one = customer(connection, first_name=title, owner_id=ids.get(whose or ""))
        open_tasks(connection, [NewTask(one, "call", title, due)], now=NOW - 9 * DAY)
    return one


def away(engine: Engine, team: Settings, who: str, stand_in: str, day: date) -> None:
    with writing(engine) as connection:
        ids = sync_owners(connection, team)
        note_absence(connection, Leave(ids[who], day, day, ids[stand_in]), now=NOW)


def marks(engine: Engine) -> list[tuple[int, datetime | None]]:
    with reading(engine) as connection:
        rows = connection.execute(select(Task.escalated, Task.escalated_at).order_by(Task.id))
        return [(row.escalated, row.escalated_at) for row in rows]


async def test_the_owner_is_told_first_and_the_lead_after_so_many_of_the_owners_days(
    sqlite_engine: Engine, team: Settings, mailed: Mailed
) -> None:
    task(sqlite_engine, team, OMAR)  # due on Friday
    by_day = [await mailed(MONDAY + number * DAY) for number in range(3)]
    assert ["1 business day late" in one[OMAR] for one in by_day] == [True, False, False]
    assert [OLIVE in one for one in by_day] == [False, True, True]
    assert "2 business days late" in by_day[1][OMAR]
    assert "the lead knows" in by_day[1][OMAR]
    assert "Left undone by others" in by_day[1][OLIVE]
    assert "with Omar Other" in by_day[1][OLIVE]
    assert marks(sqlite_engine) == [(2, MONDAY + DAY)]


async def test_the_settings_say_after_how_many_days_the_lead_hears(
    sqlite_engine: Engine, team: Settings, mailed: Mailed
) -> None:
    task(sqlite_engine, team, OMAR)
    patient = team.model_copy(update={"escalate_after": 4})
    by_day = [await mailed(MONDAY + number * DAY, settings=patient) for number in range(4)]
    assert [OLIVE in one for one in by_day] == [False, False, False, True]


async def test_days_on_which_the_owner_does_not_work_are_no_days_late(
    sqlite_engine: Engine, team: Settings, mailed: Mailed
) -> None:
    task(sqlite_engine, team, PIA)  # due on Friday; she works on Tuesday and Friday
    by_day = [await mailed(MONDAY)]
    assert marks(sqlite_engine) == [(0, None)]  # nobody is told on a day off
    by_day += [await mailed(MONDAY + number * DAY) for number in range(1, 5)]
    assert [PIA in one for one in by_day] == [False, True, False, False, True]
    assert [OMAR in one for one in by_day] == [False, False, False, False, True]  # her own lead


async def test_a_morning_that_comes_again_marks_nothing_more(
    sqlite_engine: Engine, team: Settings, mailed: Mailed
) -> None:
    task(sqlite_engine, team, OMAR, due=NOW - 9 * DAY)
    await mailed(MONDAY)
    first = marks(sqlite_engine)
    await mailed(MONDAY + timedelta(hours=3))
    assert first == marks(sqlite_engine) == [(1, MONDAY)]  # however late: the owner comes first


async def test_another_zones_morning_marks_nothing_of_an_owners(
    sqlite_engine: Engine, team: Settings, mailed: Mailed
) -> None:
    task(sqlite_engine, team, OMAR)
    assert await mailed(MONDAY, zone="UTC") == {}
    assert marks(sqlite_engine) == [(0, None)]


async def test_what_is_nobodys_goes_to_the_lead_at_once_and_to_nobody_else(
    sqlite_engine: Engine, team: Settings, mailed: Mailed
) -> None:
    task(sqlite_engine, team, None, due=MONDAY + 6 * DAY)
    task(sqlite_engine, team, OMAR, due=MONDAY + 6 * DAY, title="Visit")
    task(sqlite_engine, team, OMAR, due=MONDAY + 20 * DAY, title="Not yet")
    gone = team.model_copy(update={"owners": [team.owners[0], team.owners[2]]})
    owners = [one if one.lead is None else one.model_copy(update={"lead": None})
              for one in gone.owners]  # fmt: skip
    mails = await mailed(MONDAY, settings=gone.model_copy(update={"owners": owners}))
    assert list(mails) == [OLIVE]
    assert "Visit" in mails[OLIVE]
    assert mails[OLIVE].count("nobody's job yet") == 2
    assert [one for one, _ in marks(sqlite_engine)] == [2, 2, 2]


async def test_while_an_owner_is_away_the_stand_in_has_tasks_and_answers(
    sqlite_engine: Engine, team: Settings, mailed: Mailed
) -> None:
    ada = task(sqlite_engine, team, OMAR, due=MONDAY + 5 * DAY)
    with writing(sqlite_engine) as connection:
        event = {"provider": "person", "event_id": "1", "kind": "replied", "customer_id": ada}
        said = {"occurred_at": MONDAY + HOUR, "received_at": NOW, "detail": "Ring me"}
        connection.execute(insert(Event).values({**event, **said}))
    tuesday = MONDAY + DAY
    away(sqlite_engine, team, OMAR, PIA, tuesday.date())
    mails = await mailed(tuesday)
    assert list(mails) == [PIA]
    assert "for Omar Other" in mails[PIA]
    assert "Ring me" in mails[PIA]
    assert "you stand in" in mails[PIA]
    assert OMAR in await mailed(tuesday + DAY)


async def test_a_lead_who_is_away_is_stood_in_for_as_well(
    sqlite_engine: Engine, team: Settings, mailed: Mailed
) -> None:
    task(sqlite_engine, team, OMAR, due=NOW - 4 * DAY)
    task(sqlite_engine, team, None, due=NOW, title="Visit")
    await mailed(MONDAY)
    away(sqlite_engine, team, OLIVE, PIA, (MONDAY + DAY).date())
    mails = await mailed(MONDAY + DAY)
    assert OLIVE not in mails
    assert "with Omar Other" in mails[PIA]
    assert "Visit" in mails[PIA]


async def test_a_lead_who_stands_in_has_it_to_do_and_is_not_told_of_it_besides(
    sqlite_engine: Engine, team: Settings, mailed: Mailed
) -> None:
    task(sqlite_engine, team, OMAR, due=NOW - 4 * DAY)
    await mailed(MONDAY)
    away(sqlite_engine, team, OMAR, OLIVE, (MONDAY + DAY).date())
    mails = await mailed(MONDAY + DAY)
    assert list(mails) == [OLIVE]
    assert "for Omar Other" in mails[OLIVE]
    assert "Left undone" not in mails[OLIVE]


async def test_marks_are_the_same_on_both_databases(engine: Engine, team: Settings) -> None:
    """The statements alone: what is marked, and that a partial index finds it."""
    from contacts.record.book.absences import roster_of
    from contacts.record.work.days_work import days_work
    from contacts.record.work.escalating import Escalated, escalate

    for whose in (OMAR, None):
        task(engine, team, whose)
    with writing(engine) as connection:
        roster = roster_of(connection, team)
        done = [
            escalate(connection, [OMAR], roster=roster, after=1, now=MONDAY + number * DAY)
            for number in (0, 0, 1, 2)
        ]
        ids = dict(connection.execute(select(OwnerRow.email, OwnerRow.id)).all())
        work = {
            email: days_work(connection, ids[email], zone="UTC", now=MONDAY + DAY)
            for email in (OLIVE, OMAR)
        }
    assert done == [Escalated(told=1, led=1), Escalated(), Escalated(led=1), Escalated()]
    assert [len(work[OLIVE].escalated), len(work[OLIVE].nobodys), len(work[OMAR].own)] == [1, 1, 1]
    assert work[OMAR].own[0].escalated
    assert work[OMAR].nobodys == []


async def test_a_task_done_is_no_more_told(
    sqlite_engine: Engine, team: Settings, mailed: Mailed
) -> None:
    task(sqlite_engine, team, OMAR)
    with writing(sqlite_engine) as connection:
        connection.execute(update(Task).values(state="done"))
    assert await mailed(MONDAY) == {}
    assert marks(sqlite_engine) == [(0, None)]
