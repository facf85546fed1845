"""What was logged by a slip is taken back: all that it changed is as before, and both are kept."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, insert, select, update

from contacts.cadences.outcomes import Outcome
from contacts.record.book.handing_over import HandOver, hand_over
from contacts.record.consent.optout import Said, opt_out
from contacts.record.engine import reading, writing
from contacts.record.errors import NotedBefore, NoteRefused
from contacts.record.phrases import NoteKind
from contacts.record.tables import Customer, Enrolment, Event, OwnerRow, Queued, Task, Touch
from contacts.record.timeline import timeline, upcoming
from contacts.record.work.another_day import AnotherDay
from contacts.record.work.notes import Note, record_note
from contacts.record.work.taking_back import WITHIN, take_back
from contacts.record.work.tasks import NewTask, open_tasks
from contacts.settings import Settings
from contacts.workspace.closing import keep_in_hand
from tests.cast import NOW, ada, bob, olive
from tests.sent import sent
from tests.world import World, loaded, world

STEPS = """\
  - {key: talk, channel: call, template: welcome, day: 0, wait: true}
  - {key: hello, channel: email, template: hello, after: 1d}
"""
MINUTE = timedelta(minutes=1)
LATER = NOW + timedelta(hours=2)


async def waiting(engine: Engine, settings: Settings, steps: str = STEPS, **top: str) -> World:
    """Ada's cadence waits for a call."""
    with writing(engine) as connection:
        ada(connection)
    here = world(engine, settings, steps, **top)
    await here.tick(NOW)
    return here


def log(engine: Engine, **changes: Any) -> int:
    """Somebody logs it for the customer; returns the number of what they logged."""
    said = {"kind": NoteKind.CALL, "text": "", "at": LATER, "result": Outcome.REACHED}
    with writing(engine) as connection:
        who = connection.execute(select(Customer.id)).scalar_one()
        record_note(connection, Note(who, **(said | changes)), now=LATER)  # type: ignore[arg-type]  # by name
        return int(connection.execute(select(Event.id).order_by(Event.id.desc())).scalars().first())  # type: ignore[arg-type]  # there is one


def back(engine: Engine, note: int, *, now: Any = LATER + MINUTE) -> None:
    with writing(engine) as connection:
        take_back(connection, note, now=now)


def rows(engine: Engine, table: Any) -> list[dict[str, Any]]:
    with reading(engine) as connection:
        found = connection.execute(select(table).order_by(*table.__table__.primary_key))
        return [dict(row) for row in found.mappings()]


def but(found: list[dict[str, Any]], *names: str) -> list[dict[str, Any]]:
    return [{key: one[key] for key in one if key not in names} for one in found]


async def test_all_that_a_slip_changed_is_as_it_was_before(
    sqlite_engine: Engine, settings: Settings
) -> None:
    engine = sqlite_engine
    await waiting(engine, settings)
    tables = (Task, Touch, Enrolment, Queued, Customer)
    before = [but(rows(engine, table), "changed_at", "updated_at") for table in tables]
    note = log(engine)
    assert [one["state"] for one in rows(engine, Task)] == ["done"]
    back(engine, note)
    assert [but(rows(engine, table), "changed_at", "updated_at") for table in tables] == before
    who = before[-1][0]["id"]
    with reading(engine) as connection:
        told = [(one.kind, one.title) for one in timeline(connection, who, now=LATER + MINUTE)]
    assert told[-2:] == [
        ("call", "Called (reached them), by mistake: it was taken back"),
        ("taken_back", "Taken back"),
    ]


async def test_what_was_planned_to_follow_is_skipped_and_comes_when_it_is_logged_rightly(
    engine: Engine, settings: Settings
) -> None:
    here = await waiting(engine, settings)
    note = log(engine)
    here.plan(LATER)
    assert here.touches()[-1] == ("hello", "planned", None)
    back(engine, note)
    assert here.touches() == [("talk", "waiting", None), ("hello", "skipped", "taken_back")]
    assert rows(engine, Queued) == []
    here.plan(LATER + MINUTE)
    assert [one["state"] for one in rows(engine, Task)] == ["open"]
    log(engine, result=Outcome.WANTS_QUOTE)
    here.plan(LATER + MINUTE)
    assert here.touches()[2:] == [("hello", "planned", None)]
    assert [one["result"] for one in rows(engine, Task)] == ["wants_quote"]
    with reading(engine) as connection:
        who = connection.execute(select(Customer.id)).scalar_one()
        ahead = upcoming(connection, who, settings=settings, now=LATER + MINUTE)
        told = [one.title for one in timeline(connection, who, now=LATER + MINUTE)]
    assert [one.kind for one in ahead] == ["planned"]  # and nothing that will not be sent
    assert told.index("E-mail 'hello' skipped") < told.index("Taken back")


async def test_a_cadence_that_had_come_to_its_end_waits_again(
    sqlite_engine: Engine, settings: Settings
) -> None:
    here = await waiting(sqlite_engine, settings, STEPS.splitlines(keepends=True)[0])
    note = log(sqlite_engine)
    here.plan(LATER)
    keep_in_hand(sqlite_engine, settings, [1], now=LATER)
    assert [one["kind"] for one in rows(sqlite_engine, Task)] == ["call", "check_in"]
    [ended] = rows(sqlite_engine, Enrolment)
    assert ended["state"] == "finished"
    back(sqlite_engine, note)
    [again] = rows(sqlite_engine, Enrolment)
    assert (again["state"], again["ended_at"], again["plan_at"]) == ("active", None, None)
    assert [(one["kind"], one["state"]) for one in rows(sqlite_engine, Task)] == [
        ("call", "open"), ("check_in", "done"),
    ]  # fmt: skip


async def test_a_cadence_that_a_slip_brought_to_its_goal_waits_again(
    engine: Engine, settings: Settings
) -> None:
    goal = "{goal: \"touches.outcome == 'wants_quote'\"}"
    here = await waiting(engine, settings, stop=goal)
    note = log(engine, result=Outcome.WANTS_QUOTE)
    here.plan(LATER)
    assert [(one["state"], one["reason"]) for one in rows(engine, Enrolment)] == [
        ("stopped", "goal")
    ]
    back(engine, note)
    log(engine)
    here.plan(LATER + MINUTE)
    assert here.touches() == [("talk", "done", None), ("hello", "planned", None)]


def taken_in(engine: Engine, settings: Settings, **ada_has: Any) -> tuple[int, int]:
    """Ada, whose task is done by a slip, so that nurture takes her in; and the slip."""
    word = "  - {key: word, channel: email, template: offer, day: 30}"
    world(engine, settings, word)
    nurture = loaded(word, name="nurture", start="{on: customer.idle}")
    folder = settings.workspace / "cadences"
    folder.mkdir()
    (folder / "nurture.yaml").write_text(nurture.source, encoding="utf-8")
    with writing(engine) as connection:
        who = ada(connection)
        if ada_has:
            connection.execute(update(Customer).values(ada_has))
        open_tasks(connection, [NewTask(who, "call", "Call Ada", NOW)], now=NOW)
    note = log(engine)
    assert keep_in_hand(engine, settings, [who], now=LATER) == {"plan": 1}
    return who, note


def test_a_cadence_that_began_only_for_a_slip_goes_with_it_and_begins_anew_when_it_is_meant(
    engine: Engine, settings: Settings
) -> None:
    who, note = taken_in(engine, settings)
    back(engine, note)
    [begun] = rows(engine, Enrolment)
    assert (begun["state"], begun["reason"]) == ("stopped", "taken_back")
    assert [(one["state"], one["reason"]) for one in rows(engine, Touch)] == [
        ("skipped", "taken_back")
    ]
    assert rows(engine, Queued) == []
    assert keep_in_hand(engine, settings, [who], now=LATER + MINUTE) == {}, "her task has her"
    log(engine)
    assert keep_in_hand(engine, settings, [who], now=LATER + 2 * MINUTE) == {"plan": 1}
    assert [one["state"] for one in rows(engine, Enrolment)] == ["stopped", "active"]
    assert [one["state"] for one in rows(engine, Touch)] == ["skipped", "planned"]


def test_who_could_not_be_reached_by_what_began_for_a_slip_need_not_be(
    sqlite_engine: Engine, settings: Settings
) -> None:
    _, note = taken_in(sqlite_engine, settings, email=None, phone=None)
    kinds = [one["kind"] for one in rows(sqlite_engine, Task) if one["state"] == "open"]
    assert kinds == ["reach"]
    back(sqlite_engine, note)
    kinds = [one["kind"] for one in rows(sqlite_engine, Task) if one["state"] == "open"]
    assert kinds == ["call"]


def test_a_cadence_that_has_a_cause_of_its_own_goes_on_after_a_slip(
    sqlite_engine: Engine, settings: Settings
) -> None:
    _, note = taken_in(sqlite_engine, settings)
    with writing(sqlite_engine) as connection:
        connection.execute(update(Enrolment).values(trigger="quiet:2026-09-01"))
    back(sqlite_engine, note)
    assert [one["state"] for one in rows(sqlite_engine, Enrolment)] == ["active"]
    assert len(rows(sqlite_engine, Queued)) == 1


def test_a_cadence_for_whom_nobody_had_before_the_slip_goes_on(
    sqlite_engine: Engine, settings: Settings
) -> None:
    _, note = taken_in(sqlite_engine, settings)
    with writing(sqlite_engine) as connection:
        payload = dict(connection.execute(select(Event.payload)).scalar_one())
        payload["before"] = {"last_contact_at": None}  # no task of hers was closed
        connection.execute(update(Event).values(payload=payload))
    back(sqlite_engine, note)
    assert [one["state"] for one in rows(sqlite_engine, Enrolment)] == ["active"]


def test_a_task_opened_again_is_its_customers_owners_of_now(engine: Engine) -> None:
    with writing(engine) as connection:
        olives = olive(connection)
        who = ada(connection, owner_id=olives)
        open_tasks(connection, [NewTask(who, "call", "Call Ada", NOW)], now=NOW)
    note = log(engine)
    with writing(engine) as connection:
        other = insert(OwnerRow).values(email="otto@example.com", name="Otto Other")
        otto = connection.execute(other.returning(OwnerRow.id)).scalar_one()
        hand_over(connection, HandOver(olives, otto, customer_ids=[who]), now=NOW)
    back(engine, note)
    assert [one["owner_id"] for one in rows(engine, Task)] == [otto]


@pytest.mark.parametrize("said", ["stop", "answer"])
async def test_a_cadence_at_its_end_stays_so_where_its_customer_has_spoken_since(
    sqlite_engine: Engine, settings: Settings, said: str
) -> None:
    here = await waiting(sqlite_engine, settings, STEPS.splitlines(keepends=True)[0])
    note = log(sqlite_engine)
    here.plan(LATER)
    with writing(sqlite_engine) as connection:
        if said == "stop":
            stop = Said("email", 1, None, "by e-mail", "sendgrid:1", LATER)
            opt_out(connection, stop, settings=settings, now=LATER)
        else:
            event = {
                "provider": "twilio", "event_id": "SM1", "kind": "replied", "customer_id": 1,
                "occurred_at": LATER, "received_at": LATER,
            }  # fmt: skip
            connection.execute(Event.__table__.insert().values(event))
    back(sqlite_engine, note)
    assert [one["state"] for one in rows(sqlite_engine, Enrolment)] == ["finished"]
    assert [one["state"] for one in rows(sqlite_engine, Task)] == ["open"]


@pytest.mark.parametrize("kind", ["call", "check_in"])
async def test_a_task_put_off_by_a_slip_is_due_when_it_was(
    sqlite_engine: Engine, kind: Any
) -> None:
    due = NOW + timedelta(days=1)
    with writing(sqlite_engine) as connection:
        ada(connection)
        open_tasks(connection, [NewTask(1, kind, "Call Ada", due)], now=NOW)
        connection.execute(update(Task).values(escalated=1, escalated_at=NOW))
    again = AnotherDay(date(2026, 11, 25), NOW + timedelta(days=5))
    note = log(sqlite_engine, result=Outcome.NO_ANSWER, again=again)
    assert rows(sqlite_engine, Task)[0]["due_at"] == again.due_at
    back(sqlite_engine, note)
    [task] = rows(sqlite_engine, Task)
    assert (task["due_at"], task["result"], task["escalated"]) == (due, None, 1)


def test_a_call_to_make_again_goes_with_the_slip_that_opened_it(sqlite_engine: Engine) -> None:
    with writing(sqlite_engine) as connection:
        ada(connection)
    again = AnotherDay(date(2026, 11, 25), NOW + timedelta(days=5))
    back(sqlite_engine, log(sqlite_engine, result=Outcome.NO_ANSWER, again=again))
    [task] = rows(sqlite_engine, Task)
    assert (task["state"], task["result"]) == ("done", "no_answer")
    assert "logged by mistake" in task["outcome"]


def test_the_contact_and_the_waiver_of_before_count_again(sqlite_engine: Engine) -> None:
    engine = sqlite_engine
    last = NOW - timedelta(days=40)
    with writing(engine) as connection:
        bob(connection, waived_until=date(2026, 12, 1), waiver="On leave", last_contact_at=last)
    note = log(engine, text="Moved house", waive_until=date(2027, 1, 31))
    [after] = rows(engine, Customer)
    assert (after["last_contact_at"], after["waiver"]) == (LATER, "Moved house")
    back(engine, note)
    [bobs] = rows(engine, Customer)
    assert (bobs["last_contact_at"], bobs["waived_until"], bobs["waiver"]) == (
        last, date(2026, 12, 1), "On leave",
    )  # fmt: skip


def test_an_answer_taken_back_is_no_contact_and_waits_again(sqlite_engine: Engine) -> None:
    heard = NOW - timedelta(hours=1)
    with writing(sqlite_engine) as connection:
        ada(connection, last_contact_at=heard)
        event = {
            "provider": "twilio", "event_id": "SM1", "kind": "replied", "customer_id": 1,
            "occurred_at": heard, "received_at": heard,
        }  # fmt: skip
        connection.execute(Event.__table__.insert().values(event))
        reply = NewTask(1, "reply", "Answer Ada", NOW, event_id=1)
        open_tasks(connection, [reply], now=NOW)
    back(sqlite_engine, log(sqlite_engine, kind=NoteKind.NOTE, text="At nine.", result=None))
    assert [one["state"] for one in rows(sqlite_engine, Task)] == ["open"]
    assert rows(sqlite_engine, Customer)[0]["last_contact_at"] == heard


@pytest.mark.parametrize(
    ("since", "said"),
    [
        ("a mail leaves", "has left or begun already"),
        ("another call", "take that back first"),
        ("too long", "more than 10 minutes ago"),
        ("task changed", "its task has changed since"),
    ],
)
def test_what_has_had_its_effect_is_not_taken_back(
    sqlite_engine: Engine, since: str, said: str
) -> None:
    with writing(sqlite_engine) as connection:
        ada(connection)
        open_tasks(connection, [NewTask(1, "call", "Call Ada", NOW)], now=NOW)
    note, now = log(sqlite_engine), LATER + MINUTE
    with writing(sqlite_engine) as connection:
        if since == "a mail leaves":
            sent(connection, 1, state="sending", at=LATER)
        if since == "task changed":
            connection.execute(update(Task).values(closed_at=now))
    if since == "another call":
        log(sqlite_engine, text="And once more")
    if since == "too long":
        now = LATER + WITHIN + MINUTE
    before = rows(sqlite_engine, Task), rows(sqlite_engine, Event)
    with pytest.raises(NoteRefused, match=said):
        back(sqlite_engine, note, now=now)
    assert (rows(sqlite_engine, Task), rows(sqlite_engine, Event)) == before


def test_nothing_is_taken_back_twice(sqlite_engine: Engine) -> None:
    with writing(sqlite_engine) as connection:
        ada(connection)
    first, second = log(sqlite_engine), log(sqlite_engine)
    back(sqlite_engine, second)
    back(sqlite_engine, first)  # the later one is gone, so nothing stands in the way
    for note in (first, second, 99):
        with pytest.raises(NotedBefore):
            back(sqlite_engine, note)
