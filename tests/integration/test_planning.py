"""Who starts on a cadence, when it is over, and what holds up nobody else."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event, func, insert, select, update

from contacts.care.freshness import freshness
from contacts.record.customers.facts import load_facts
from contacts.record.engine import reading, writing
from contacts.record.phrases import NoteKind
from contacts.record.tables import (
    CadenceVersion,
    Contract,
    Customer,
    Enrolment,
    Order,
    Queued,
    Touch,
)
from contacts.record.touches.going_on import stop_enrolments
from contacts.record.triggers import PAGE
from contacts.record.versions import cadences_of, version_of
from contacts.record.work.notes import Note, record_note
from contacts.record.work.tasks import close_task
from contacts.settings import Settings
from tests.cast import NOW, ada, agrees, bob, cleo, customer, olive
from tests.world import World, world

HELLO = "  - {key: hello, channel: email, template: hello, day: 0}\n"
AGAIN = "  - {key: again, channel: email, template: ping, day: 3}\n"
CALL = "  - {key: call, channel: call, template: welcome, day: 0, wait: true}\n"
IDLE = {"name": "nurture", "purpose": "marketing", "start": "{on: customer.idle}"}
ENDING = {"name": "renewal", "start": "{on: contract.ending, before: 60d}"}
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


# A stored version that cannot be read.


async def test_a_stored_cadence_that_cannot_be_read_holds_up_nobody_else(
    engine: Engine, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    small = world(engine, settings, HELLO)
    text = f"name: sample\nsteps: [ {settings.workspace}"  # a text is read, and told, once
    with writing(engine) as connection:
        damaged = insert(CadenceVersion).values(
            name="sample", sha256="0" * 64, source=text, created_at=NOW
        )
        version = connection.execute(damaged.returning(CadenceVersion.id)).scalar_one()
        ada_id = ada(connection)
        connection.execute(insert(Enrolment).values(an_enrolment(ada_id, version)))
        bob(connection)
    await small.tick(NOW)
    assert [message.to for message in small.email.got] == ["bob@example.com"]
    assert rows(
        engine, select(Enrolment.state, Enrolment.plan_at).order_by(Enrolment.id).limit(1)
    ) == [("active", NOW + DAY)]
    (line,) = (one for one in caplog.records if one.name == "contacts.record.versions")
    assert line.getMessage() == f"cadence 'sample': its stored version {version} cannot be read"


def test_of_many_stored_cadences_those_that_can_be_read_are_read(engine: Engine) -> None:
    good = "\n".join(
        ["name: tea", "goal: tea", "purpose: service", "start: {on: customer.added}", "steps:"]
    )
    with writing(engine) as connection:
        ids = [
            version_of(connection, name="tea", sha256=digest, source=source, now=NOW)
            for digest, source in (("1", f"{good}\n{HELLO}"), ("2", "nonsense"))
        ]
        assert list(cadences_of(connection, ids)) == ids[:1]


async def test_the_outcome_of_a_call_is_kept_where_its_cadence_cannot_be_read(
    engine: Engine, settings: Settings
) -> None:
    small = world(engine, settings, CALL + HELLO)
    with writing(engine) as connection:
        ada(connection)
    await small.tick(NOW)
    with writing(engine) as connection:
        connection.execute(update(CadenceVersion).values(source="damaged", sha256="0"))
        assert close_task(connection, small.tasks()[0].id, "went well", now=NOW + HOUR)
    assert small.touches() == [("call", "done", None)]
    assert rows(engine, select(Enrolment.position, Enrolment.plan_at)) == [(1, NOW + HOUR)]


async def test_the_outcome_of_a_call_that_nobody_waited_for_moves_nothing(
    engine: Engine, settings: Settings
) -> None:
    small = world(engine, settings, CALL.replace(", wait: true", "") + AGAIN)
    with writing(engine) as connection:
        ada(connection)
    await small.tick(NOW)
    small.plan(NOW + HOUR)
    with writing(engine) as connection:
        assert close_task(connection, small.tasks()[0].id, "went well", now=NOW + HOUR)
    assert small.touches() == [("call", "done", None), ("again", "planned", None)]
    assert rows(engine, select(Enrolment.position, Enrolment.plan_at)) == [(1, None)]


@pytest.mark.postgresql
def test_two_planners_may_store_the_same_cadence_at_once(postgresql_engine: Engine) -> None:
    """The second one looks before the first has committed, and stores after it."""
    engine, at_insert = postgresql_engine, threading.Event()
    found: list[int] = []

    def second() -> None:
        with writing(engine) as connection:
            event.listen(connection, "before_cursor_execute", told(at_insert))
            found.append(version_of(connection, name="tea", sha256="1", source="x", now=NOW))

    other = threading.Thread(target=second)
    with writing(engine) as connection:
        mine = version_of(connection, name="tea", sha256="1", source="x", now=NOW)
        other.start()
        assert at_insert.wait(20)
    other.join()
    assert found == [mine]


# The cadence for whoever is idle.


async def test_an_idle_cadence_that_reaches_nobody_becomes_one_task(
    engine: Engine, settings: Settings
) -> None:
    small = world(engine, settings, HELLO, **IDLE)
    with writing(engine) as connection:
        cleo(connection, owner_id=olive(connection))
    for hours in range(30):
        small.plan(NOW + hours * HOUR)
    assert [task.kind for task in small.tasks()] == ["reach"]
    assert count(engine, Enrolment) == 1


async def test_an_idle_cadence_whose_goal_holds_begins_once_a_day_at_most(
    engine: Engine, settings: Settings
) -> None:
    goal = "{goal: 'customer.days_since_joined >= 0'}"
    small = world(engine, settings, HELLO, **IDLE, stop=goal)
    with writing(engine) as connection:
        ada(connection)
    for hours in range(24):
        small.plan(NOW + hours * HOUR)
    assert count(engine, Enrolment) == 1
    small.plan(NOW + DAY)
    assert count(engine, Enrolment) == 2


async def test_who_was_just_called_is_in_hand_until_they_would_go_stale(
    engine: Engine, settings: Settings
) -> None:
    small = world(engine, settings, HELLO, **IDLE)
    with writing(engine) as connection:
        her = cleo(connection, owner_id=olive(connection))
    small.plan(NOW)
    (first,) = small.tasks()
    assert first.due_at == datetime(2026, 11, 25, 18, 0, tzinfo=UTC)  # Wednesday, where Olive is
    with writing(engine) as connection:
        call = Note(her, NoteKind.CALL, "called", NOW + HOUR, first.id)
        record_note(connection, call, now=NOW + HOUR)
    small.plan(NOW + 2 * HOUR)
    (_, second) = small.tasks()
    sixty_days = NOW.date() + timedelta(days=settings.freshness_days)
    assert (second.state, second.due_at.date()) == ("open", sixty_days)
    with reading(engine) as connection:
        assert freshness(connection, now=NOW + 2 * HOUR, settings=settings).holds


@pytest.mark.parametrize(("own", "days"), [(None, 30), (40, 40)])
async def test_how_soon_to_call_again_is_for_the_tier_to_say_or_for_the_customers_own_limit(
    engine: Engine, settings: Settings, own: int | None, days: int
) -> None:
    settings = settings.model_copy(update={"freshness_days_by_tier": {"key": 30}})
    small = world(engine, settings, HELLO, **IDLE)
    silent = NOW - timedelta(days=10)
    with writing(engine) as connection:
        cleo(connection, tier="key", freshness_days=own, last_contact_at=silent)
    small.plan(NOW)
    due = [task.due_at.date() for task in small.tasks()]
    assert due == [(silent + timedelta(days=days)).date()]


async def test_who_can_be_reached_again_on_the_same_day_gets_the_messages(
    engine: Engine, settings: Settings
) -> None:
    """The touches of the first attempt are on record as skipped, with the day in their keys."""
    small = world(engine, settings, HELLO, **IDLE)
    with writing(engine) as connection:
        someone = customer(connection, email="dev@example.com")
    small.plan(NOW)
    with writing(engine) as connection:
        agrees(connection, someone, "email", at=NOW)
        close_task(connection, small.tasks()[0].id, "said yes", now=NOW + HOUR)
    small.plan(NOW + 2 * HOUR)
    assert small.touches() == [("hello", "skipped", "consent"), ("hello", "planned", None)]


# Several causes at once.


async def test_who_has_two_contracts_is_asked_about_one_at_a_time(
    engine: Engine, settings: Settings
) -> None:
    small = world(engine, settings, CALL + HELLO.replace("day: 0", "after: 1d"), **ENDING)
    with writing(engine) as connection:
        ada_id = ada(connection)
        connection.execute(
            insert(Contract), [a_contract(ada_id, "A", 50), a_contract(ada_id, "B", 20)]
        )
    for days in range(6):
        await small.tick(NOW + days * DAY)
    assert rows(engine, select(Enrolment.trigger)) == [(f"contract:B:{ends(20)}",)]
    assert small.email.got == []  # the call waits for its outcome
    with writing(engine) as connection:
        close_task(connection, small.tasks()[0].id, "renewed", now=NOW + 6 * DAY)
    await small.tick(NOW + 6 * DAY)
    await small.tick(NOW + 7 * DAY)
    await small.tick(NOW + 8 * DAY)
    await small.tick(NOW + 9 * DAY)
    assert [mail.subject for mail in small.email.got] == ["Hello Ada"]
    assert rows(engine, select(Enrolment.trigger, Enrolment.state).order_by(Enrolment.id)) == [
        (f"contract:B:{ends(20)}", "finished"),
        (f"contract:A:{ends(50)}", "active"),
    ]


async def test_a_second_start_on_the_same_day_has_touches_of_its_own(
    engine: Engine, settings: Settings
) -> None:
    small = world(engine, settings, HELLO, **ENDING)
    with writing(engine) as connection:
        ada_id = ada(connection)
        connection.execute(
            insert(Contract), [a_contract(ada_id, "A", 50), a_contract(ada_id, "B", 20)]
        )
    await small.tick(NOW)
    small.plan(NOW + HOUR)  # the first one is finished
    small.plan(NOW + 2 * HOUR)
    today = NOW.date()
    assert rows(engine, select(Touch.occurrence, Touch.state).order_by(Touch.id)) == [
        (f"{today}/1", "accepted"),
        (f"{today + DAY}/1", "planned"),
    ]


async def test_who_is_on_a_cadence_already_does_not_start_on_it_for_another_quiet_spell(
    engine: Engine, settings: Settings
) -> None:
    start = "{on: customer.quiet, after: 10d}"
    small = world(engine, settings, CALL, start=start, stop="{on: [reply]}")
    with writing(engine) as connection:
        ada_id = ada(connection)
        connection.execute(insert(Order).values(an_order(ada_id, "O-1", NOW - 11 * DAY)))
    await small.tick(NOW)
    with writing(engine) as connection:
        connection.execute(insert(Order).values(an_order(ada_id, "O-2", NOW + DAY)))
    await small.tick(NOW + 15 * DAY)
    assert count(engine, Enrolment) == 1


# Orders.


async def test_an_order_between_two_rounds_ends_a_cadence_that_stops_on_orders(
    engine: Engine, settings: Settings
) -> None:
    small = with_ada(engine, settings, HELLO, repeat="30d", stop="{on: [order]}")
    await small.tick(NOW)
    small.plan(NOW + HOUR)  # the second round is planned
    order(engine, NOW + 10 * DAY)
    later = NOW + 33 * DAY
    await small.tick(later)
    small.plan(later + HOUR)
    assert rows(engine, select(Enrolment.state, Enrolment.reason)) == [("stopped", "ordered")]
    assert len(small.email.got) == 1


async def test_the_day_of_an_order_is_the_customers(engine: Engine, settings: Settings) -> None:
    """Enrolled at 07:00 on Friday in Auckland, and ordered an hour later: Thursday in UTC."""
    start = datetime(2026, 11, 19, 18, 0, tzinfo=UTC)
    small = world(engine, settings, HELLO, stop="{on: [order]}")
    with writing(engine) as connection:
        customer(connection, email="dev@example.com", timezone="Pacific/Auckland", country="NZ")
    small.plan(start)
    order(engine, start + HOUR)
    later = start + 4 * HOUR
    await small.send(later)
    assert small.email.got == []
    orders = the_orders(engine, settings, later)
    friday = datetime(2026, 11, 20).date()  # noqa: DTZ001  # a local day
    assert (orders.first_on, orders.last_on, orders.days_since_last) == (friday, friday, 0)


async def test_a_return_is_no_order(engine: Engine, settings: Settings) -> None:
    small = with_ada(engine, settings, HELLO + AGAIN, stop="{on: [order]}")
    await small.tick(NOW)
    order(engine, NOW, amount=-5)
    small.plan(NOW + HOUR)
    assert small.touches() == [("hello", "accepted", None), ("again", "planned", None)]
    orders = the_orders(engine, settings, NOW + HOUR)
    assert (orders.count, orders.total, orders.last_on) == (0, -5, None)


async def test_a_return_leaves_the_last_order_as_it_was(engine: Engine, settings: Settings) -> None:
    with_ada(engine, settings, HELLO)
    order(engine, NOW - 9 * DAY, amount=20, items="Assam")
    order(engine, NOW - 9 * DAY, amount=-5, items="back: Assam")
    order(engine, NOW, amount=-5, items="back: more Assam")
    orders = the_orders(engine, settings, NOW)
    assert (orders.count, orders.total, orders.last_items) == (1, 10, "Assam")
    assert orders.days_since_last == 9


async def test_a_return_does_not_end_a_quiet_spell(engine: Engine, settings: Settings) -> None:
    small = with_ada(engine, settings, HELLO, start="{on: customer.quiet, after: 60d}")
    order(engine, NOW - 70 * DAY)
    order(engine, NOW - 3 * DAY, amount=-5)
    assert small.plan(NOW).cadences["sample"].enrolled == 1


# The planner's pages.


async def test_pages_of_new_customers_are_each_planned_once(
    engine: Engine, settings: Settings
) -> None:
    small = with_ada(
        engine, settings, HELLO, start='{on: customer.added, where: "customer.locale"}'
    )
    with writing(engine) as connection:
        (her,) = connection.execute(select(Customer)).mappings()
        like_her = {**her, "phone": None}
        del like_her["email_key"]  # the database's own
        others = [
            like_her | {"id": her["id"] + number, "email": f"c{number}@example.com"}
            for number in range(1, 3 * PAGE)
        ]
        others[PAGE]["email"] = None  # nothing can reach this one
        connection.execute(insert(Customer), others)
    counts = small.plan(NOW).cadences["sample"]
    assert (counts.enrolled, counts.planned) == (3 * PAGE, 3 * PAGE - 1)
    assert counts.finished == 1
    assert sum(counts.skipped.values()) == 1
    with reading(engine) as connection:
        places = connection.execute(
            select(Enrolment.state, Enrolment.plan_at, func.count()).group_by(
                Enrolment.state, Enrolment.plan_at
            )
        ).all()
        queued = connection.execute(select(func.count()).select_from(Queued)).scalar_one()
    assert sorted(map(tuple, places), key=str) == [
        ("active", None, 3 * PAGE - 1),
        ("finished", None, 1),
    ]
    assert queued == 3 * PAGE - 1


async def test_steps_that_are_on_record_already_are_passed_over_in_one_go(
    engine: Engine, settings: Settings
) -> None:
    steps = "".join(
        f"  - {{key: s{day}, channel: email, template: hello, day: {day}}}\n" for day in range(4)
    )
    small = with_ada(engine, settings, steps)
    small.plan(NOW)
    with writing(engine) as connection:
        connection.execute(update(Touch).values(state="accepted"))
        (first,) = connection.execute(select(Touch)).mappings()
        again = {**first, "id": first["id"] + 1, "step_key": "s1"}
        connection.execute(insert(Touch).values(again))
        connection.execute(update(Enrolment).values(plan_at=NOW))
    small.plan(NOW)
    assert rows(engine, select(Enrolment.position, Enrolment.plan_at)) == [(2, None)]


async def test_planning_ends_where_every_step_is_on_record(
    engine: Engine, settings: Settings
) -> None:
    small = with_ada(engine, settings, HELLO, repeat="1d")
    await small.tick(NOW)
    small.plan(NOW + HOUR)  # the second round, for tomorrow
    with writing(engine) as connection:
        connection.execute(update(Enrolment).values(plan_at=NOW))
    small.plan(NOW + HOUR)
    assert rows(engine, select(Enrolment.state)) == [("finished",)]


def with_ada(engine: Engine, settings: Settings, steps: str, **top: str) -> World:
    small = world(engine, settings, steps, **top)
    with writing(engine) as connection:
        ada(connection)
    return small


def rows(engine: Engine, statement: Any) -> list[tuple[Any, ...]]:
    with reading(engine) as connection:
        return [tuple(row) for row in connection.execute(statement)]


def count(engine: Engine, table: Any) -> int:
    return int(rows(engine, select(func.count()).select_from(table))[0][0])


def told(reached: threading.Event) -> Callable[..., None]:
    """Sets the event as an INSERT begins."""

    def listen(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith("INSERT"):
            reached.set()

    return listen


def an_enrolment(customer_id: int, version: int) -> dict[str, Any]:
    return {
        "customer_id": customer_id,
        "cadence": "sample",
        "version_id": version,
        "trigger": "customer.added",
        "state": "active",
        "started_at": NOW,
        "started_on": NOW.date(),
        "plan_at": NOW,
    }


def ends(days: int) -> str:
    return str(NOW.date() + timedelta(days=days))


def a_contract(customer_id: int, contract_id: str, days_left: int) -> dict[str, Any]:
    return {
        "contract_id": contract_id,
        "customer_id": customer_id,
        "starts_on": NOW.date() - timedelta(days=300),
        "ends_on": NOW.date() + timedelta(days=days_left),
        "value": 100,
        "currency": "USD",
    }


def an_order(
    customer_id: int, order_id: str, at: datetime, amount: int = 5, items: str = ""
) -> dict[str, Any]:
    return {
        "order_id": order_id,
        "customer_id": customer_id,
        "ordered_at": at,
        "amount": amount,
        "currency": "USD",
        "items": items,
    }


def order(engine: Engine, at: datetime, *, amount: int = 5, items: str = "") -> None:
    """An order (or a return) of the one customer in the book."""
    with writing(engine) as connection:
        known = connection.execute(select(func.count()).select_from(Order)).scalar_one()
        someone = connection.execute(select(Customer.id)).scalar_one()
        row = an_order(someone, f"O-{known + 1}", at, amount, items)
        connection.execute(insert(Order).values(row))


def the_orders(engine: Engine, settings: Settings, now: datetime) -> Any:
    with reading(engine) as connection:
        ids = connection.execute(select(Customer.id)).scalars().all()
        (facts,) = load_facts(connection, ids, settings=settings, now=now).values()
    return facts.orders


async def test_who_answered_goes_on_with_the_step_after_the_answered_one(
    engine: Engine, settings: Settings
) -> None:
    steps = (
        "  - {key: one, channel: email, template: hello, day: 0}\n"
        "  - {key: two, channel: email, template: ping, after: 30d}\n"
    )
    small = world(
        engine, settings, steps, start="{on: customer.idle}", stop="{on: [reply]}", repeat="30d"
    )
    with writing(engine) as connection:
        ada_id = ada(connection)
    await small.tick(NOW)
    with writing(engine) as connection:
        stop_enrolments(connection, ada_id, event="reply", now=NOW + timedelta(hours=1))
    small.plan(NOW + timedelta(days=2))
    assert small.touches()[-1][0] == "two"
    await small.tick(NOW + timedelta(days=10))
    assert len(small.email.got) == 1
