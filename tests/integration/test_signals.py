"""A signal starts the cadences of its kind, once, and what they say knows its reason."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select

from contacts.care.orders.tasks import open_order_tasks
from contacts.record.engine import reading, writing
from contacts.record.orders.signal_moves import NewSignal, clear_signals, raise_signals
from contacts.record.orders.signals import Such, open_signals, untaken
from contacts.record.tables import Enrolment, Signal
from contacts.record.timeline import timeline
from contacts.settings import Settings
from tests.cast import NOW, ada, bob, olive
from tests.world import World, world

REASON = "Usually orders about every 31 days; nothing for 70 days."
LATE = NewSignal(0, "order.late", "2026-09-11", REASON, 0.7, {"tier": "firm"})
SMALLER = NewSignal(0, "order.smaller", "2026-09-11", "Last 3 orders averaged about 40.", 0.5)
STEP = "  - {key: why, channel: call, template: welcome, day: 0, due: 2 days}"
HOUR = timedelta(hours=1)


@pytest.fixture
def late(engine: Engine, settings: Settings) -> World:
    """Ada is late with an order, and orders less; a cadence asks a person to call who is late."""
    with writing(engine) as connection:
        her = ada(connection, owner_id=olive(connection))
        raised(connection, her, SMALLER, LATE)
    made = world(engine, settings, STEP, start="{on: signal, kinds: [order.late]}")
    brief = settings.workspace / "templates" / "briefs" / "welcome" / "body.txt"
    brief.write_text("{{ signal.kind }}: {{ signal.reason }}", encoding="utf-8")
    return made


async def test_a_signal_starts_its_cadence_once_and_its_brief_says_the_reason(late: World) -> None:
    await late.tick(NOW)
    assert late.tasks()[0].brief.strip() == f"order.late: {REASON}"
    await late.tick(NOW + timedelta(days=1))
    assert enrolled_by(late.engine) == ["order.late"]


async def test_a_signal_that_is_over_starts_nothing(late: World) -> None:
    with writing(late.engine) as connection:
        clear_signals(connection, [id_of(connection, "order.late")], why="They ordered.", now=NOW)
    await late.tick(NOW)
    assert enrolled_by(late.engine) == []


def test_a_signal_that_a_task_took_starts_nothing(
    sqlite_engine: Engine, settings: Settings
) -> None:
    with writing(sqlite_engine) as connection:
        raised(connection, ada(connection), LATE)
    open_order_tasks(sqlite_engine, settings, now=NOW, taken_kinds=())
    later = NOW + timedelta(days=1)
    world(sqlite_engine, settings, STEP, start="{on: signal, kinds: [order.late]}").plan(later)
    assert enrolled_by(sqlite_engine) == []


async def test_the_reason_outlives_the_signal_in_the_cadence_that_it_started(
    late: World,
) -> None:
    late.plan(NOW)
    with writing(late.engine) as connection:
        clear_signals(
            connection, [id_of(connection, "order.late")], why="They ordered.", now=NOW + HOUR
        )
    await late.send(NOW + HOUR)
    assert late.tasks()[0].brief.strip() == f"order.late: {REASON}"


def test_where_may_ask_for_the_signal(sqlite_engine: Engine, settings: Settings) -> None:
    with writing(sqlite_engine) as connection:
        raised(connection, ada(connection), LATE)
        raised(connection, bob(connection), SMALLER, LATE)
    where = "'40' in signal.reason and signal.kind == 'order.smaller'"
    start = f'{{on: signal, kinds: [order.smaller], where: "{where}"}}'
    world(sqlite_engine, settings, STEP, start=start).plan(NOW)
    assert enrolled_by(sqlite_engine) == ["order.smaller"]


async def test_what_a_cadence_took_is_no_task_until_it_is_over_and_still_late(
    late: World,
) -> None:
    assert waiting(late.engine) == ["order.late", "order.smaller"]
    assert waiting(late.engine, "order.late") == ["order.smaller"]
    assert len(waiting(late.engine, "order.late", raised_by=NOW)) == 2
    await late.tick(NOW)
    assert waiting(late.engine, "order.late", raised_by=NOW) == ["order.smaller"]
    with writing(late.engine) as connection:
        connection.execute(Enrolment.__table__.update().values(state="finished"))
    assert len(waiting(late.engine, "order.late", raised_by=NOW)) == 2


def test_open_signals_come_weightiest_first_for_owners_and_customers(
    sqlite_engine: Engine,
) -> None:
    with writing(sqlite_engine) as connection:
        owner = olive(connection)
        her, him = ada(connection, owner_id=owner), bob(connection)
        raised(connection, her, SMALLER, LATE)
        raised(connection, him, LATE)
        said = open_signals(connection, zone="UTC", such=Such(owner_ids=[owner]))
        assert [(one.kind, one.customer, one.owner) for one in said] == [
            ("order.late", "Ada Archer", "Olive Owner"),
            ("order.smaller", "Ada Archer", "Olive Owner"),
        ]
        assert [one.customer for one in open_signals(connection, zone="UTC", customer_id=him)] == [
            "Bob Baker"
        ]
        assert len(open_signals(connection, zone="UTC", limit=2)) == 2


def test_a_timeline_tells_what_was_noticed_and_when_it_was_over(sqlite_engine: Engine) -> None:
    with writing(sqlite_engine) as connection:
        her = ada(connection)
        raised(connection, her, LATE)
        clear_signals(connection, [1], why="They ordered.", now=NOW + HOUR)
        told = timeline(connection, her, now=NOW + HOUR)
    assert [(one.at, one.title, one.detail) for one in told if one.kind == "signal"] == [
        (NOW, "Noticed: late with an order", REASON),
        (NOW + HOUR, "Over: late with an order", ""),
    ]


def raised(connection: Any, customer_id: int, *signals: NewSignal) -> None:
    for one in signals:
        mine = NewSignal(customer_id, one.kind, one.key, one.reason, one.weight, one.figures)
        assert raise_signals(connection, [mine, mine], since=NOW, now=NOW) == [one.kind]
        assert raise_signals(connection, [mine], since=NOW, now=NOW) == []


def waiting(engine: Engine, *taken_kinds: str, raised_by: Any = NOW - HOUR) -> list[str]:
    with reading(engine) as connection:
        rows = untaken(connection, taken_kinds=taken_kinds, raised_by=raised_by, limit=9)
        return sorted(row.kind for row in rows)


def id_of(connection: Any, kind: str) -> int:
    return connection.execute(select(Signal.id).where(Signal.kind == kind)).scalar_one()


def enrolled_by(engine: Engine) -> list[str]:
    """The kinds of the signals that started an enrolment."""
    with reading(engine) as connection:
        kinds = {f"signal:{row.id}": row.kind for row in connection.execute(select(Signal))}
        triggers = connection.execute(select(Enrolment.trigger).order_by(Enrolment.id)).scalars()
        return [kinds[trigger] for trigger in triggers]
