"""What came of a call: it counts as contact or not, steers later steps, and may be tried again."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, insert, select, update

from contacts.cadences.facts import as_context
from contacts.cadences.outcomes import Outcome
from contacts.record.book.absences import Leave, note_absence
from contacts.record.book.owners import sync_owners
from contacts.record.customers.facts import load_facts
from contacts.record.engine import reading, writing
from contacts.record.errors import NoteRefused
from contacts.record.phrases import NoteKind
from contacts.record.tables import Customer, Enrolment, Task
from contacts.record.timeline import timeline
from contacts.record.work.another_day import another_day
from contacts.record.work.notes import Note, NotedTask, record_note
from contacts.record.work.tasks import NewTask, open_tasks
from contacts.record.work.trying_again import with_another_try
from contacts.settings import Owner, Settings
from tests.cast import NOW, ada
from tests.world import World, world

STEPS = """\
  - {key: talk, channel: call, template: welcome, day: 0, wait: true}
  - {key: hello, channel: email, template: hello, after: 1d, when: touches.outcome == 'no_answer'}
  - {key: ping, channel: sms, template: ping, after: 1d, when: touches.outcome == 'reached'}
"""
LATER = NOW + timedelta(hours=2)
MONDAY = date(2026, 11, 23)
EVENING = datetime(2026, 11, 23, 23, 0, tzinfo=UTC)  # 18:00 in New York


def called(
    engine: Engine, settings: Settings, result: Outcome | None, **changes: Any
) -> NotedTask | None:
    """Somebody calls Ada, the one customer."""
    with writing(engine) as connection:
        her = connection.execute(select(Customer.id)).scalar_one()
        said = {"customer_id": her, "kind": NoteKind.CALL, "text": "So it was", "at": LATER}
        if on := changes.pop("again_on", None):
            said["again"] = another_day(connection, her, on, settings=settings, now=LATER)
        return record_note(connection, Note(**said | {"result": result} | changes), now=LATER)


async def waiting_call(engine: Engine, settings: Settings, steps: str = STEPS, **top: str) -> World:
    with writing(engine) as connection:
        ada(connection)
    here = world(engine, settings, steps, **top)
    await here.tick(NOW)
    return here


async def through(here: World, days: int) -> None:
    for day in range(days):
        await here.tick(LATER + timedelta(days=day))


def last_contact(engine: Engine) -> datetime | None:
    with reading(engine) as connection:
        return connection.execute(select(Customer.last_contact_at)).scalar_one()


@pytest.mark.parametrize(
    ("result", "leaves"),
    [(Outcome.NO_ANSWER, "hello"), (Outcome.REACHED, "ping"), (None, None)],
)
async def test_a_later_step_goes_by_what_came_of_the_call(
    sqlite_engine: Engine, settings: Settings, result: Outcome | None, leaves: str | None
) -> None:
    here = await waiting_call(sqlite_engine, settings)
    called(sqlite_engine, settings, result)
    await through(here, 6)
    steps = {step: (state, reason) for step, state, reason in here.touches()}
    assert steps.pop("talk") == ("done", None)
    assert {step for step, (state, _) in steps.items() if state == "accepted"} == (
        {leaves} if leaves else set()
    )
    assert {why for _, why in steps.values()} <= {None, "condition"}


def test_only_what_reached_the_customer_counts_as_contact(
    sqlite_engine: Engine, settings: Settings
) -> None:
    with writing(sqlite_engine) as connection:
        ada(connection)
    counted = set()
    for result in (*Outcome, None):
        with writing(sqlite_engine) as connection:
            connection.execute(update(Customer).values(last_contact_at=None))
            task = NewTask(1, "call", "Call Ada", due_at=NOW)  # the note closes it, or puts it off
            open_tasks(connection, [task], now=NOW)
        called(
            sqlite_engine,
            settings,
            result,
            again_on=MONDAY if result == "asked_to_call_back" else None,
        )
        if last_contact(sqlite_engine) == LATER:
            counted.add(result)
    assert set(Outcome) - counted == {"no_answer", "moved_on", "wrong_address"}
    assert None in counted


async def test_a_call_that_is_tried_again_stays_the_same_task_and_the_cadence_waits(
    sqlite_engine: Engine, settings: Settings
) -> None:
    here = await waiting_call(sqlite_engine, settings)
    noted = called(sqlite_engine, settings, Outcome.ASKED_TO_CALL_BACK, again_on=MONDAY)
    (task,) = here.tasks()
    assert noted == NotedTask(task.id, "call", "Call Ada", again_on=MONDAY)
    assert (task.state, task.result, task.due_at) == ("open", "asked_to_call_back", EVENING)
    await through(here, 2)
    assert here.touches() == [("talk", "waiting", None)]
    called(sqlite_engine, settings, Outcome.REACHED, at=LATER + timedelta(days=3))
    (task,) = here.tasks()
    assert (task.state, task.result) == ("done", "reached")
    here.plan(LATER + timedelta(days=3))
    assert here.touches()[0] == ("talk", "done", None)
    assert len(here.touches()) == 2


def test_who_is_to_be_called_back_without_a_task_gets_one(
    sqlite_engine: Engine, settings: Settings
) -> None:
    with writing(sqlite_engine) as connection:
        ada(connection)
    called(sqlite_engine, settings, Outcome.LEFT_MESSAGE, again_on=MONDAY)
    with reading(sqlite_engine) as connection:
        task = connection.execute(select(Task)).one()
    assert (task.kind, task.title, task.brief) == ("call", "Call Ada Archer again", "So it was")
    assert (task.state, task.due_at, task.touch_id) == ("open", EVENING, None)


def test_a_call_that_is_tried_again_is_due_as_the_owners_hours_of_that_day_end(
    sqlite_engine: Engine, settings: Settings
) -> None:
    owners = [owner("olive@example.com"), owner("meera@example.com", end="13:00")]
    ours = settings.model_copy(update={"owners": owners})
    with writing(sqlite_engine) as connection:
        ids = sync_owners(connection, ours)
        ada(connection, owner_id=ids["olive@example.com"])
        leave = Leave(ids["olive@example.com"], MONDAY, MONDAY, ids["meera@example.com"])
        note_absence(connection, leave, now=NOW)
    for day, ends in ((24, 13), (23, 9)):  # Meera stands in on Monday
        called(sqlite_engine, ours, Outcome.NO_ANSWER, again_on=date(2026, 11, day))
        with reading(sqlite_engine) as connection:
            due_at = connection.execute(select(Task.due_at)).scalar_one()
        assert due_at == datetime(2026, 11, day, ends, 0, tzinfo=UTC)


@pytest.mark.parametrize("of", ["olive@example.com", ""])
def test_who_did_not_answer_is_tried_again_on_the_next_day_that_is_worked(
    sqlite_engine: Engine, settings: Settings, of: str
) -> None:
    ours = settings.model_copy(update={"owners": [owner("olive@example.com")]})
    with writing(sqlite_engine) as connection:
        ada(connection, owner_id=sync_owners(connection, ours).get(of))
        said = Note(1, NoteKind.CALL, "", NOW, result=Outcome.NO_ANSWER)
        found = with_another_try(connection, said, None, settings=ours, now=NOW)
    assert found.again is not None
    assert found.again.on == MONDAY  # and not on the Saturday


@pytest.mark.parametrize(
    "changes",
    [
        {"gives_up": True},
        {"waive_until": MONDAY},
        {"kind": NoteKind.LETTER},
        {"result": Outcome.LEFT_MESSAGE},
        {"result": None},
    ],
)
def test_what_was_given_up_or_is_settled_is_not_tried_again(
    sqlite_engine: Engine, settings: Settings, changes: dict[str, Any]
) -> None:
    with writing(sqlite_engine) as connection:
        ada(connection)
        said = replace(Note(1, NoteKind.CALL, "", NOW, result=Outcome.NO_ANSWER), **changes)
        found = with_another_try(connection, said, None, settings=settings, now=NOW)
    assert found.again is None


def owner(email: str, end: str = "17:00") -> Owner:
    hours = {"start": "08:00", "end": end}
    given = {"email": email, "name": email, "timezone": "Asia/Dubai", "hours": hours}
    return Owner.model_validate(given)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"result": Outcome.ASKED_TO_CALL_BACK}, "say on which day"),
        ({"result": Outcome.REACHED, "again_on": MONDAY}, "asked_to_call_back"),
        ({"again_on": MONDAY}, "after left_message, no_answer, asked_to_call_back"),
        ({"result": Outcome.NO_ANSWER, "kind": NoteKind.LETTER, "again_on": MONDAY}, "only a call"),
        ({"result": Outcome.REACHED, "kind": NoteKind.NOTE}, "not of a note"),
        ({"text": "", "result": Outcome.REACHED, "waive_until": MONDAY}, "say in words why"),
        ({"waive_until": NOW.date()}, "until Fri 20 Nov 2026: name a day ahead"),
        ({"result": Outcome.NO_ANSWER, "again_on": date(2026, 11, 19)}, "2026-11-19 is over"),
        ({"result": Outcome.NO_ANSWER, "again_on": date(2027, 3, 1)}, "too far away: name a day"),
    ],
)
def test_what_does_not_go_together_is_refused_and_nothing_kept(
    sqlite_engine: Engine, settings: Settings, changes: dict[str, Any], told: str
) -> None:
    with writing(sqlite_engine) as connection:
        ada(connection)
    with pytest.raises(NoteRefused, match=told):
        called(sqlite_engine, settings, **{"result": None} | changes)
    with reading(sqlite_engine) as connection:
        story = timeline(connection, 1, now=LATER)
    assert "call" not in {one.kind for one in story}
    assert last_contact(sqlite_engine) is None


async def test_the_outcome_is_that_of_the_last_call_of_this_cadence(
    engine: Engine, settings: Settings
) -> None:
    again = "  - {key: again, channel: visit, template: welcome, after: 1d, wait: true}"
    here = await waiting_call(engine, settings, STEPS.splitlines()[0] + "\n" + again)
    assert outcome_in("sample", engine, settings) == ""
    called(engine, settings, Outcome.NO_ANSWER)
    assert outcome_in("sample", engine, settings) == "no_answer"
    assert outcome_in("other", engine, settings) == ""
    await through(here, 5)
    assert outcome_in("sample", engine, settings) == "no_answer"  # the visit is open yet
    called(engine, settings, None, kind=NoteKind.VISIT)
    assert outcome_in("sample", engine, settings) == ""


async def test_a_goal_may_be_what_somebody_said_on_the_telephone(
    sqlite_engine: Engine, settings: Settings
) -> None:
    goal = "{goal: \"touches.outcome == 'wants_quote'\"}"
    steps = STEPS.replace(" when: touches.outcome == 'no_answer'", " otherwise: sms")
    here = await waiting_call(sqlite_engine, settings, steps, stop=goal)
    called(sqlite_engine, settings, Outcome.WANTS_QUOTE)
    await through(here, 4)
    assert here.touches() == [("talk", "done", None)]


async def test_what_came_of_a_call_is_over_with_the_enrolment_that_asked_for_it(
    sqlite_engine: Engine, settings: Settings
) -> None:
    here = await waiting_call(sqlite_engine, settings)
    called(sqlite_engine, settings, Outcome.WANTS_QUOTE)
    with writing(sqlite_engine) as connection:
        row = connection.execute(select(Enrolment)).mappings().one()
        connection.execute(update(Enrolment).values(state="finished", ended_at=LATER))
        connection.execute(insert(Enrolment).values({**row, "id": 2, "trigger": "contract:C-7"}))
    assert outcome_in("sample", sqlite_engine, settings) == ""
    assert here.touches() == [("talk", "done", None)]


async def test_of_two_that_are_open_at_once_the_one_done_last_counts(
    sqlite_engine: Engine, settings: Settings
) -> None:
    steps = """\
  - {key: talk, channel: call, template: welcome, day: 0}
  - {key: look, channel: visit, template: welcome, after: 1d}
  - {key: ping, channel: sms, template: ping, day: 20}
"""
    here = await waiting_call(sqlite_engine, settings, steps)
    await through(here, 4)
    called(sqlite_engine, settings, Outcome.REACHED, kind=NoteKind.VISIT)
    called(sqlite_engine, settings, Outcome.NO_ANSWER, at=LATER + timedelta(days=5))
    assert outcome_in("sample", sqlite_engine, settings) == "no_answer"


async def test_the_timeline_says_what_came_of_it(sqlite_engine: Engine, settings: Settings) -> None:
    await waiting_call(sqlite_engine, settings)
    called(sqlite_engine, settings, Outcome.LEFT_MESSAGE)
    with reading(sqlite_engine) as connection:
        told = [one.title for one in timeline(connection, 1, now=LATER)]
    assert told[-2:] == ["Called (left a message)", "Done: Call Ada (left a message)"]


def outcome_in(cadence: str, engine: Engine, settings: Settings) -> str:
    with reading(engine) as connection:
        her = connection.execute(select(Customer.id)).scalar_one()
        facts = load_facts(connection, [her], settings=settings, now=LATER)
    said: str = as_context(facts[her], cadence)["touches"]["outcome"]
    return said
