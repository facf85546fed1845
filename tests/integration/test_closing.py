"""Once a task is done or a cadence over, whoever has nothing ahead is seen to at once."""

from collections.abc import Collection
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select, update

from contacts.cadences.loaded import LoadedCadence
from contacts.care.freshness import freshness
from contacts.record.engine import reading, writing
from contacts.record.phrases import NoteKind
from contacts.record.tables import Enrolment, Task, Touch
from contacts.record.work.notes import Note, record_note
from contacts.settings import Settings
from contacts.workspace.closing import keep_in_hand
from contacts.workspace.paused import keep_paused
from tests.board import browser, form_token
from tests.cast import NOW, ada, bob, olive
from tests.world import loaded, world

DAY = timedelta(days=1)
CALLS = "  - {key: call, channel: call, template: welcome, day: 0, wait: true}\n"
MONTHLY = "  - {key: word, channel: email, template: offer, day: 30}"


@pytest.fixture
def people(sqlite_engine: Engine) -> tuple[int, int]:
    return olives(sqlite_engine)


def olives(engine: Engine) -> tuple[int, int]:
    """Ada and Bob, both Olive's."""
    with writing(engine) as connection:
        owner = olive(connection)
        return ada(connection, owner_id=owner), bob(connection, owner_id=owner)


def has(settings: Settings, *cadences: LoadedCadence) -> None:
    """Put these cadences into the workspace."""
    folder = settings.workspace / "cadences"
    folder.mkdir(exist_ok=True)
    for one in cadences:
        (folder / f"{one.name}.yaml").write_text(one.source, encoding="utf-8")


def nurture() -> LoadedCadence:
    return loaded(MONTHLY, name="nurture", start="{on: customer.idle}")


def done(engine: Engine, settings: Settings, customer: int) -> dict[str, int]:
    """A call closes the customer's task, as the command line and the board do it."""
    with writing(engine) as connection:
        record_note(connection, Note(customer, NoteKind.CALL, "All well.", NOW), now=NOW)
    return keep_in_hand(engine, settings, [customer], now=NOW)


def open_tasks_of(engine: Engine) -> list[Any]:
    with reading(engine) as connection:
        rows = connection.execute(select(Task).where(Task.state == "open").order_by(Task.id))
        return list(rows)


def uncovered(engine: Engine, settings: Settings) -> Collection[int]:
    with reading(engine) as connection:
        found = freshness(connection, now=NOW, settings=settings)
    return [one.customer_id for one in found.uncovered]


def test_where_nothing_else_follows_the_next_check_in_does(
    sqlite_engine: Engine, settings: Settings, people: tuple[int, int]
) -> None:
    ada_id, bob_id = people
    keep_in_hand(sqlite_engine, settings, people, now=NOW)
    assert done(sqlite_engine, settings, bob_id) == {"task": 1}
    hers, his = open_tasks_of(sqlite_engine)
    assert (hers.customer_id, his.customer_id) == (ada_id, bob_id)
    assert (his.kind, (his.due_at - NOW).days) == ("check_in", 60)
    assert uncovered(sqlite_engine, settings) == []


def test_a_cadence_that_waited_goes_on_for_this_customer_and_for_nobody_else(
    engine: Engine, settings: Settings
) -> None:
    ada_id, bob_id = olives(engine)
    here = world(engine, settings, f"{CALLS}{MONTHLY}")
    has(settings, here.cadence)
    here.plan(NOW)
    with writing(engine) as connection:  # both are asked for; Bob's waits for the planner
        connection.execute(update(Enrolment).values(position=1, plan_at=NOW))
        connection.execute(update(Touch).values(state="done", made_at=NOW))
    assert keep_in_hand(engine, settings, [ada_id], now=NOW) == {"plan": 1}
    assert [one for _, one, _ in here.touches()] == ["done", "done", "planned"]
    assert uncovered(engine, settings) == [bob_id]


def test_who_is_idle_then_is_taken_in_and_nobody_else_is(
    sqlite_engine: Engine, settings: Settings, people: tuple[int, int]
) -> None:
    ada_id, _ = people
    keep_in_hand(sqlite_engine, settings, [ada_id], now=NOW)  # by a task, there is no cadence yet
    world(sqlite_engine, settings, MONTHLY)
    has(settings, nurture())
    assert done(sqlite_engine, settings, ada_id) == {"plan": 1}
    with reading(sqlite_engine) as connection:
        assert connection.execute(select(Enrolment.customer_id)).scalars().all() == [ada_id]
    assert open_tasks_of(sqlite_engine) == []


async def test_whose_cadence_the_planner_ends_is_told_and_seen_to(
    sqlite_engine: Engine, settings: Settings, people: tuple[int, int]
) -> None:
    ada_id, bob_id = people
    here = world(sqlite_engine, settings, MONTHLY.replace("30", "0"))
    await here.tick(NOW)
    with writing(sqlite_engine) as connection:
        his = Enrolment.customer_id == bob_id
        connection.execute(update(Enrolment).where(his).values(plan_at=None))  # it waits
    ended = here.plan(NOW + DAY).ended
    assert ended == {ada_id}
    assert keep_in_hand(sqlite_engine, settings, ended, now=NOW) == {"task": 1}
    assert uncovered(sqlite_engine, settings) == [bob_id]


def test_a_paused_cadence_takes_nobody_in_so_their_owner_is_asked(
    sqlite_engine: Engine, settings: Settings, people: tuple[int, int]
) -> None:
    world(sqlite_engine, settings, MONTHLY)
    has(settings, nurture())
    keep_paused(settings, frozenset({"nurture"}))
    assert done(sqlite_engine, settings, people[0]) == {"task": 1}


def test_whoever_has_something_ahead_is_left_as_they_are(
    sqlite_engine: Engine, settings: Settings, people: tuple[int, int]
) -> None:
    keep_in_hand(sqlite_engine, settings, people, now=NOW)
    (settings.workspace / "cadences").write_text("no folder")  # nothing is read where none is needy
    assert keep_in_hand(sqlite_engine, settings, people, now=NOW) == {}


def test_a_task_done_on_the_board_leaves_nobody_with_nothing_ahead(
    sqlite_engine: Engine, settings: Settings, people: tuple[int, int]
) -> None:
    from contacts.web.app import create_app

    keep_in_hand(sqlite_engine, settings, people, now=NOW)
    with browser(create_app(settings, sqlite_engine, clock=lambda: NOW)) as client:
        token = form_token(client.get("/customers/1").text)
        task = {"form": token, "kind": "call", "result": "reached"}
        note = {"form": token, "kind": "call", "text": "Fine."}
        assert client.post("/tasks/1", data=task).status_code == 303
        assert client.post("/customers/2/notes", data=note).status_code == 303
    assert [one.id for one in open_tasks_of(sqlite_engine)] == [3, 4]
    assert uncovered(sqlite_engine, settings) == []
