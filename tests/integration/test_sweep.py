"""The nightly sweep: who has nothing ahead is taken in hand by the policy, and by nothing twice."""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select, update

from contacts.cadences.loaded import LoadedCadence
from contacts.care.needy import SOON
from contacts.care.sweep import Swept, sweep
from contacts.record.customers.proofs import Proof, history, latest
from contacts.record.engine import reading, writing
from contacts.record.phrases import NoteKind
from contacts.record.tables import Customer, Enrolment, Queued, Task, Touch
from contacts.record.work.notes import Note, record_note
from contacts.settings import Settings
from contacts.workspace.plannable import Plannable
from contacts.workspace.sweeping import WorkspacePlanner
from tests.cast import NOW, ada, bob, cleo, customer, olive
from tests.world import loaded, world

DAY = timedelta(days=1)
HELLO = "  - {key: hello, channel: email, template: hello, day: 3}"
FAR = HELLO.replace("day: 3", "day: 30")
IDLE = "{on: customer.idle}"


def swept(
    engine: Engine,
    settings: Settings,
    *cadences: LoadedCadence,
    now: datetime = NOW,
    held: Collection[str] = (),
) -> Swept:
    found = Plannable(list(cadences), {name: [] for name in held})
    made = WorkspacePlanner(engine, settings, now, found)
    return sweep(engine, settings=settings, now=now, planner=lambda: made, limit=100)


def people(engine: Engine, **changes: Any) -> tuple[int, int]:
    """Ada, new, and Bob, silent for 40 days, both Olive's."""
    with writing(engine) as connection:
        owner = olive(connection)
        return ada(connection, owner_id=owner), bob(connection, owner_id=owner, **changes)


def tasks(engine: Engine) -> list[Any]:
    with reading(engine) as connection:
        return list(connection.execute(select(Task).order_by(Task.customer_id)))


def nurture(**top: str) -> LoadedCadence:
    return loaded(HELLO, **({"name": "nurture", "start": IDLE} | top))


def test_the_first_cadence_that_may_takes_them_in_and_a_second_sweep_changes_nothing(
    engine: Engine, settings: Settings
) -> None:
    people(engine)
    world(engine, settings, HELLO)  # its messages
    first = swept(engine, settings, nurture())
    assert first.repaired == {"nurture": 2}
    assert (first.found.holds, first.found.by_touch) == (True, 2)
    assert swept(engine, settings, nurture()).repaired == {}
    assert tasks(engine) == []


def test_whom_no_cadence_may_take_in_their_owner_is_asked_to_see_to(
    engine: Engine, settings: Settings
) -> None:
    ada_id, bob_id = people(engine)
    found = swept(engine, settings)
    assert found.repaired == {"task": 2}
    assert (found.found.holds, found.found.by_task) == (True, 2)
    hers, his = tasks(engine)
    assert (hers.customer_id, his.customer_id) == (ada_id, bob_id)
    assert hers.title == "Check in with Ada Archer: never in touch yet"
    assert his.title == "Check in with Bob Baker: last in touch on Sun 11 Oct 2026"
    assert his.brief.startswith(
        "Nothing is planned for them: no cadence has taken them in.\n"
        "Last in touch 40 days ago, on Sun 11 Oct 2026; "
        "60 days without contact are the most for them.\n"
    )
    assert {(one.kind, one.owner_id) for one in (hers, his)} == {("check_in", hers.owner_id)}
    assert hers.due_at == datetime(2026, 11, 25, 18, tzinfo=NOW.tzinfo), "three business days"
    assert his.due_at == datetime(2026, 12, 10, 18, tzinfo=NOW.tzinfo), "when he would be stale"
    assert swept(engine, settings).repaired == {}


def test_a_check_in_tells_days_of_the_customers_calendar(
    sqlite_engine: Engine, settings: Settings
) -> None:
    _, bob_id = people(sqlite_engine)
    night = (NOW - 40 * DAY).replace(hour=20)  # of Monday already in India
    with writing(sqlite_engine) as connection:
        there = {"timezone": "Asia/Kolkata", "last_contact_at": night}
        connection.execute(update(Customer).where(Customer.id == bob_id).values(there))
    swept(sqlite_engine, settings)
    his = tasks(sqlite_engine)[-1]
    assert his.title == "Check in with Bob Baker: last in touch on Mon 12 Oct 2026"
    assert "days ago, on Mon 12 Oct 2026; " in his.brief


def test_a_check_in_that_is_done_is_followed_by_the_next_one_in_its_own_time(
    sqlite_engine: Engine, settings: Settings
) -> None:
    _, bob_id = people(sqlite_engine)
    swept(sqlite_engine, settings)
    with writing(sqlite_engine) as connection:
        task = connection.execute(select(Task.id).where(Task.customer_id == bob_id)).scalar_one()
        call = Note(bob_id, NoteKind.CALL, "talked", NOW + DAY, task)
        record_note(connection, call, now=NOW + DAY)
    assert swept(sqlite_engine, settings, now=NOW + 2 * DAY).repaired == {"task": 1}
    again = tasks(sqlite_engine)[-1]
    assert again.due_at - (NOW + DAY) > 59 * DAY


def test_a_policy_of_nothing_repairs_nothing_and_lists_everybody(
    sqlite_engine: Engine, settings: Settings
) -> None:
    people(sqlite_engine)
    left = swept(sqlite_engine, settings.model_copy(update={"stale_policy": ()}), nurture())
    assert left.repaired == {}
    assert (left.found.uncovered_count, len(left.found.uncovered)) == (2, 2)


def test_the_policys_order_is_kept_and_what_the_planner_owes_comes_first(
    sqlite_engine: Engine, settings: Settings
) -> None:
    ada_id, bob_id = people(sqlite_engine)
    world(sqlite_engine, settings, HELLO)
    new = loaded(
        HELLO, name="welcome", start="{on: customer.added, where: 'customer.days_since_joined < 9'}"
    )
    found = swept(sqlite_engine, settings, nurture(), new)
    assert found.repaired == {"nurture": 1, "plan": 1}
    with reading(sqlite_engine) as connection:
        on = dict(connection.execute(select(Enrolment.customer_id, Enrolment.cadence)).all())
    assert on == {ada_id: "welcome", bob_id: "nurture"}, "nobody is idle whom another takes in"


def test_who_is_silent_for_too_long_is_asked_for_where_the_next_touch_is_far_off(
    engine: Engine, settings: Settings
) -> None:
    """And in hand all the same, for the proof."""
    people(engine, freshness_days=30)
    world(engine, settings, FAR).plan(NOW)
    found = swept(engine, settings, loaded(FAR))
    assert found.repaired == {"task": 1}
    (his,) = tasks(engine)
    assert his.title == "Check in with Bob Baker: last in touch on Sun 11 Oct 2026"
    assert his.brief.startswith(
        "They have been silent for too long, and their next touch comes on Mon 21 Dec 2026 only.\n"
    )


@pytest.mark.parametrize(("ahead", "asked"), [(SOON, 0), (SOON + DAY, 1)])
def test_a_touch_within_the_week_is_soon_enough(
    engine: Engine, settings: Settings, ahead: timedelta, asked: int
) -> None:
    people(engine, freshness_days=30)
    world(engine, settings, FAR).plan(NOW)
    with writing(engine) as connection:
        connection.execute(update(Queued).values(ready_at=NOW + ahead))
    assert swept(engine, settings, loaded(FAR)).repaired.get("task", 0) == asked


def test_a_touch_that_has_waited_for_a_week_already_is_not_waited_for(
    engine: Engine, settings: Settings
) -> None:
    people(engine, freshness_days=30)
    world(engine, settings, FAR).plan(NOW)
    with writing(engine) as connection:
        connection.execute(update(Queued).values(ready_at=NOW))
        connection.execute(update(Touch).values(due_at=NOW - SOON - DAY, not_after=NOW + DAY))
    assert swept(engine, settings, loaded(FAR)).repaired == {"task": 1}


def test_a_waiver_is_a_persons_word_and_nobody_is_asked_to_check_in(
    engine: Engine, settings: Settings
) -> None:
    people(engine, waived_until=NOW.date(), freshness_days=1)
    assert swept(engine, settings).repaired == {"task": 1}, "Ada's"
    found = swept(engine, settings, now=NOW + DAY)
    assert found.repaired == {"task": 1}, "it ended"
    assert found.found.waived == 0


def test_while_a_fault_holds_up_cadences_only_who_is_stale_is_asked_for(
    sqlite_engine: Engine, settings: Settings
) -> None:
    ada_id, bob_id = people(sqlite_engine, freshness_days=30)
    left = swept(sqlite_engine, settings, nurture(), held=["renewal"])
    assert left.repaired == {"task": 1}
    assert [one.customer_id for one in tasks(sqlite_engine)] == [bob_id]
    (one,) = left.found.uncovered
    assert one.customer_id == ada_id
    assert "'renewal' might, but cannot be planned" in one.reason


def test_f62_whose_zone_is_unknown_stays_an_exception_and_holds_up_nobody(
    sqlite_engine: Engine, settings: Settings
) -> None:
    _, bob_id = people(sqlite_engine, timezone="Mars/Olympus")
    world(sqlite_engine, settings, HELLO)
    left = swept(sqlite_engine, settings, nurture())
    assert left.repaired == {"nurture": 1}
    (one,) = left.found.uncovered
    assert (one.customer_id, "not known here" in one.reason) == (bob_id, True)


def test_whom_nobody_owns_is_an_exception_however_well_planned_for(
    engine: Engine, settings: Settings
) -> None:
    with writing(engine) as connection:
        cleo(connection, owner_id=olive(connection))
        gone = customer(connection, first_name="Gus", owner_id=None)
        customer(connection, active=False)
    left = swept(engine, settings)
    assert (left.repaired, left.found.uncovered_count) == ({"task": 2}, 0)
    assert not left.found.holds
    (one,) = left.found.unowned
    assert (one.customer_id, one.reason, one.owner) == (gone, "nobody owns them", None)
    assert one.remedy == (
        "'touchline owner hand-over nobody olive@example.com', or name an owner in customers.csv "
        "and import that"
    )


def test_an_owner_who_is_no_longer_in_the_settings_owns_nobody(
    engine: Engine, settings: Settings
) -> None:
    people(engine)
    found = swept(engine, settings.model_copy(update={"owners": []})).found
    assert (found.unowned_count, len(found.unowned)) == (2, 2)
    assert found.unowned[0].reason == "their owner, Olive Owner, is no longer among the owners"
    assert "under [[owners]]; then 'touchline owner hand-over olive@example.com TO'" in (
        found.unowned[0].remedy
    )


def test_each_sweep_leaves_its_proof(engine: Engine, settings: Settings) -> None:
    with reading(engine) as connection:
        assert latest(connection) is None
    people(engine, waived_until=date(2027, 1, 1))
    with writing(engine) as connection:
        customer(connection, owner_id=None, waived_until=date(2027, 1, 1), freshness_days=1,
                 last_contact_at=NOW - 2 * DAY)  # fmt: skip
    swept(engine, settings)
    swept(engine, settings, now=NOW + DAY)
    with reading(engine) as connection:
        newest, both = latest(connection), history(connection, NOW)
        assert history(connection, NOW + DAY) == [newest]
    assert [one.at for one in both] == [NOW, NOW + DAY]
    assert both[0] == Proof(
        NOW, active=3, by_touch=0, by_task=1, waived=2, overdue=1, uncovered=0, stale=0, unowned=1,
        repaired={"task": 1},
    )  # fmt: skip
    assert newest is not None
    assert (newest.repaired, newest.covered, newest.holds) == ({}, 3, False)
