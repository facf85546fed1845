"""The proof that nobody goes stale: a touch, a task or a waiver ahead, or the customer is named."""

from datetime import date, timedelta

import pytest
from sqlalchemy import Engine, delete, select, update

from contacts.care.freshness import Freshness, freshness
from contacts.channels.outgoing import Answer, Receipt
from contacts.record.engine import reading, writing
from contacts.record.tables import Customer, Enrolment, Queued, Touch
from contacts.record.work.tasks import NewTask, open_tasks
from contacts.settings import Settings, load_settings
from tests.cast import NOW, ada, bob, cleo, olive
from tests.world import world

HELLO = "  - {key: hello, channel: email, template: hello, day: 0}"


def prove(engine: Engine, settings: Settings, limit: int = 1000) -> Freshness:
    soon = NOW + timedelta(minutes=1)
    with reading(engine) as connection:
        return freshness(connection, now=soon, settings=settings, limit=limit)


def test_an_empty_record_holds(engine: Engine, settings: Settings) -> None:
    found = prove(engine, settings)
    assert found.holds
    assert (found.active, found.covered, found.overdue) == (0, 0, 0)


def test_who_has_nothing_ahead_is_named_however_fresh(engine: Engine, settings: Settings) -> None:
    with writing(engine) as connection:
        ada_id = ada(connection, owner_id=olive(connection), last_contact_at=NOW)
    found = prove(engine, settings)
    assert not found.holds
    (one,) = found.uncovered
    assert (one.customer_id, one.name, one.owner) == (ada_id, "Ada Archer", "Olive Owner")
    assert one.reason == "no cadence has taken them in"
    assert "customer.idle" in one.remedy


def named_beside(engine: Engine, settings: Settings, *held: str) -> tuple[str, str]:
    """The reason and the remedy of the one customer, where these cadences are held up."""
    with reading(engine) as connection:
        soon = NOW + timedelta(minutes=1)
        found = freshness(connection, now=soon, settings=settings, held=lambda: held)
    (one,) = found.uncovered
    return one.reason, one.remedy


def test_cadences_that_are_held_up_are_the_reason_and_mending_them_the_remedy(
    engine: Engine, settings: Settings
) -> None:
    with writing(engine) as connection:
        ada(connection)
    reason, remedy = named_beside(engine, settings, "winback", "onboarding")
    assert reason == (
        "no cadence has taken them in; 'onboarding', 'winback' might, but cannot be planned for a "
        "fault"
    )
    assert remedy == "mend what 'touchline check' names, then run 'touchline tick'"


def test_of_many_that_are_held_up_three_are_named(engine: Engine, settings: Settings) -> None:
    with writing(engine) as connection:
        ada(connection)
    reason, _ = named_beside(engine, settings, *"abcde")
    assert "'a', 'b', 'c' and 2 more might" in reason


def test_who_is_in_a_cadence_that_is_held_up_is_told_of_that_one(
    engine: Engine, settings: Settings
) -> None:
    with writing(engine) as connection:
        ada(connection)
    cadence = enrolled(engine, settings)
    reason, remedy = named_beside(engine, settings, "other")
    assert reason == f"'{cadence}' has not been planned yet"
    assert remedy.endswith("says that its file is gone, put that back before")
    reason, remedy = named_beside(engine, settings, cadence)
    assert reason == f"'{cadence}' has them, and cannot be planned for a fault"
    assert "touchline check" in remedy


def enrolled(engine: Engine, settings: Settings) -> str:
    """The cadence that took the customer in, whose next step is to be planned now."""
    world(engine, settings, HELLO).plan(NOW)
    with writing(engine) as connection:
        connection.execute(delete(Queued))
        connection.execute(update(Touch).values(state="accepted"))
        connection.execute(update(Enrolment).values(plan_at=NOW))
        return connection.execute(select(Enrolment.cadence)).scalar_one()


@pytest.mark.parametrize("ended", [None, "2020-01-01"])
def test_whose_cadence_or_waiver_ended_might_be_taken_over_by_one_that_is_held_up(
    engine: Engine, settings: Settings, ended: str | None
) -> None:
    with writing(engine) as connection:
        ada(connection)
        if ended:
            connection.execute(update(Customer).values(waived_until=date.fromisoformat(ended)))
    if not ended:
        enrolled(engine, settings)
        with writing(engine) as connection:
            connection.execute(update(Enrolment).values(state="finished", plan_at=None))
    reason, remedy = named_beside(engine, settings, "winback")
    assert reason.endswith("; 'winback' might, but cannot be planned for a fault")
    assert "touchline check" in remedy


def test_just_after_an_opt_out_a_tick_is_the_first_remedy(
    engine: Engine, settings: Settings
) -> None:
    with writing(engine) as connection:
        ada(connection)
    enrolled(engine, settings)
    with writing(engine) as connection:
        ended = {"state": "stopped", "reason": "opted_out", "plan_at": None}
        connection.execute(update(Enrolment).values(**ended))
    _, remedy = named_beside(engine, settings)
    assert remedy.startswith("run 'touchline tick'; if that does not help, call or visit")


def test_where_everybody_is_in_hand_nobody_asks_what_is_held_up(
    engine: Engine, settings: Settings
) -> None:
    asked = iter([frozenset({"winback"})])
    with reading(engine) as connection:
        freshness(connection, now=NOW, settings=settings, held=lambda: next(asked))
    assert len(list(asked)) == 1


def test_a_planned_touch_counts_as_long_as_it_is_really_queued(
    engine: Engine, settings: Settings
) -> None:
    with writing(engine) as connection:
        ada(connection)
    world(engine, settings, HELLO).plan(NOW)
    assert prove(engine, settings).by_touch == 1
    with writing(engine) as connection:
        connection.execute(delete(Queued))
    (one,) = prove(engine, settings).uncovered
    assert "waits for a touch that is not there" in one.reason


@pytest.mark.parametrize("state", ["sending", "unknown"])
async def test_a_touch_whose_outcome_is_open_counts(
    engine: Engine, settings: Settings, state: str
) -> None:
    with writing(engine) as connection:
        ada(connection)
    here = world(engine, settings, HELLO)
    here.email.answers = [Receipt(Answer.UNKNOWN)]
    await here.tick(NOW)
    with writing(engine) as connection:
        connection.execute(update(Touch).values(state=state))
    assert prove(engine, settings).by_touch == 1


async def test_what_needs_review_counts_by_its_task_alone(
    engine: Engine, settings: Settings
) -> None:
    with writing(engine) as connection:
        ada_id = ada(connection)
    here = world(engine, settings, HELLO)
    await here.tick(NOW)
    with writing(engine) as connection:
        connection.execute(update(Touch).values(state="needs_review"))
    assert prove(engine, settings).by_touch == 0
    with writing(engine) as connection:
        touch_id = connection.execute(select(Touch.id)).scalar_one()
        task = NewTask(ada_id, "review", "Did it arrive?", due_at=NOW, touch_id=touch_id)
        open_tasks(connection, [task], now=NOW)
    assert prove(engine, settings).by_task == 1


def test_a_touch_that_never_leaves_counts_for_thirty_days(
    engine: Engine, settings: Settings
) -> None:
    with writing(engine) as connection:
        ada(connection)
    world(engine, settings, HELLO).plan(NOW)
    with writing(engine) as connection:
        connection.execute(update(Touch).values(reason="paused", due_at=NOW - timedelta(days=30)))
    (one,) = prove(engine, settings).uncovered
    assert one.reason == (
        "a touch of 'sample' was due on Wed 21 Oct 2026 and never left (the cadence is paused)"
    )
    with writing(engine) as connection:
        late = NOW.replace(hour=2) - timedelta(days=30)  # the evening before in New York
        connection.execute(update(Touch).values(due_at=late))
    (one,) = prove(engine, settings).uncovered
    assert one.reason.startswith("a touch of 'sample' was due on Tue 20 Oct 2026 and")
    with writing(engine) as connection:
        connection.execute(update(Touch).values(due_at=NOW - timedelta(days=29)))
    assert prove(engine, settings).by_touch == 1


async def test_what_was_made_is_not_ahead_any_more(engine: Engine, settings: Settings) -> None:
    with writing(engine) as connection:
        ada(connection)
    here = world(engine, settings, HELLO)
    await here.tick(NOW)
    assert "has not been planned yet" in prove(engine, settings).uncovered[0].reason
    here.plan(NOW + timedelta(minutes=1))
    (one,) = prove(engine, settings).uncovered
    assert one.reason == "'sample' is finished"


def test_an_open_task_counts_and_a_closed_one_does_not(engine: Engine, settings: Settings) -> None:
    with writing(engine) as connection:
        task = NewTask(ada(connection), "reach", "Find a way", due_at=NOW)
        open_tasks(connection, [task], now=NOW)
    assert prove(engine, settings).by_task == 1


@pytest.mark.parametrize(("until", "waived"), [(NOW.date(), 1), (date(2026, 11, 19), 0)])
def test_a_waiver_counts_until_its_day(
    engine: Engine, settings: Settings, until: date, waived: int
) -> None:
    with writing(engine) as connection:
        ada(connection, waived_until=until, waiver="on leave")
    found = prove(engine, settings)
    assert found.waived == waived
    assert [one.reason for one in found.uncovered] == [
        "the waiver ended on Thu 19 Nov 2026, and no cadence took over"
    ][waived:]


def test_a_zone_that_this_machine_does_not_know_is_the_reason(
    engine: Engine, settings: Settings
) -> None:
    with writing(engine) as connection:
        ada(connection, timezone="Mars/Olympus")
    (one,) = prove(engine, settings).uncovered
    assert "'Mars/Olympus' is not known here" in one.reason


def test_who_left_is_not_counted(engine: Engine, settings: Settings) -> None:
    with writing(engine) as connection:
        ada(connection, active=False)
    assert prove(engine, settings).active == 0


def test_each_customer_counts_once_by_the_strongest_cover(
    engine: Engine, settings: Settings
) -> None:
    with writing(engine) as connection:
        ada_id = ada(connection, waived_until=date(2027, 1, 1))
        open_tasks(connection, [NewTask(ada_id, "call", "Call", due_at=NOW)], now=NOW)
        bob(connection)
        cleo(connection, waived_until=date(2027, 1, 1))
    found = prove(engine, settings)
    assert (found.active, found.by_task, found.waived, found.uncovered_count) == (3, 1, 1, 1)
    assert found.covered == 2


def test_out_of_touch_is_counted_by_tier_though_in_hand(engine: Engine, settings: Settings) -> None:
    with writing(engine) as connection:
        bob(connection, tier="key")
        ada(connection)
    assert prove(engine, settings).overdue == 0
    text = (settings.workspace / "touchline.toml").read_text()
    strict = text.replace("[[owners]]", "[freshness_days_by_tier]\nkey = 30\n\n[[owners]]")
    (settings.workspace / "touchline.toml").write_text(strict)
    assert prove(engine, load_settings(settings.workspace)).overdue == 1


def test_the_list_is_limited_and_the_count_is_not(engine: Engine, settings: Settings) -> None:
    with writing(engine) as connection:
        ada(connection, last_contact_at=NOW)
        bob_id = bob(connection)
        connection.execute(
            update(Customer)
            .where(Customer.id == bob_id)
            .values(last_contact_at=NOW - timedelta(90))
        )
    found = prove(engine, settings, limit=1)
    assert found.uncovered_count == 2
    assert [one.customer_id for one in found.uncovered] == [bob_id]
