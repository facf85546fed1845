"""Workers that get in each other's way, and a database that ends one of their transactions."""

import asyncio
import time
from collections import Counter
from threading import Event, Thread

from sqlalchemy import Connection, Engine, select, text, update

from contacts.record.engine import open_record, writing
from contacts.record.tables import Customer, Touch
from contacts.settings import Settings
from tests.cast import NOW
from tests.storm import crowd, states
from tests.world import World, world

HELLO = "  - {key: hello, channel: email, template: hello, day: 0}\n"
WAITING = text(
    "SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid) "
    "WHERE NOT granted AND datname = current_database()"
)


async def test_f33_two_workers_at_once_send_everything_once(
    engine: Engine, settings: Settings
) -> None:
    crowd(engine, 60)
    small = world(engine, settings.model_copy(update={"batch_size": 7}), HELLO)
    small.plan(NOW)
    other = open_record(engine.url.render_as_string(hide_password=False))
    second = World(other, small.settings, small.cadence, small.templates, email=small.email)
    worker = Thread(target=lambda: asyncio.run(second.send(NOW)))
    worker.start()
    await small.send(NOW)
    await asyncio.to_thread(worker.join)
    other.dispose()
    assert states(engine) == {"accepted": 60}
    assert Counter(Counter(one.to for one in small.email.got).values()) == {1: 60}


async def test_f33_a_worker_that_loses_a_deadlock_tries_again(
    postgresql_engine: Engine, settings: Settings
) -> None:
    """The gate holds the customer and wants the touch; we hold the touch and want the customer."""
    small, losing = held_up(postgresql_engine, settings, "deadlock_timeout=500ms")
    with postgresql_engine.begin() as ours:
        ours.execute(text("SET LOCAL deadlock_timeout = '60s'"))  # so that it is not us who lose
        ours.execute(update(Touch).values(reason=None))
        passing = asyncio.create_task(in_a_thread(small))
        await somebody_waits(ours)
        held = select(Customer.id).with_for_update()
        assert len((await asyncio.to_thread(ours.execute, held)).all()) == 1
    await passing
    losing.dispose()
    assert states(postgresql_engine) == {"accepted": 1}
    assert len(small.email.got) == 1


async def test_f33_a_transaction_that_cannot_be_serialized_is_done_again(
    postgresql_engine: Engine, settings: Settings
) -> None:
    isolation = "default_transaction_isolation=serializable"
    small, losing = held_up(postgresql_engine, settings, isolation)
    with postgresql_engine.begin() as ours:
        ours.execute(update(Touch).values(reason=None))
        passing = asyncio.create_task(in_a_thread(small))
        await somebody_waits(ours)
    await passing
    losing.dispose()
    assert states(postgresql_engine) == {"accepted": 1}
    assert len(small.email.got) == 1


async def in_a_thread(small: World) -> None:
    """A pass beside the test, which it would hold up: it waits for the database where it runs."""
    await asyncio.to_thread(lambda: asyncio.run(small.send(NOW)))


def held_up(engine: Engine, settings: Settings, option: str) -> tuple[World, Engine]:
    """One touch that is due, and a worker whose sessions have this option."""
    crowd(engine, 1)
    url = engine.url.update_query_dict({"options": f"-c {option}"})
    losing = open_record(url.render_as_string(hide_password=False))
    small = world(losing, settings, HELLO)
    small.plan(NOW)
    return small, losing


async def somebody_waits(ours: Connection) -> None:
    """Until the worker stands before a lock of ours."""
    while not ours.execute(WAITING).scalar_one():
        await asyncio.sleep(0.01)


def test_who_waits_to_write_gets_a_turn_beside_one_that_writes_page_after_page(
    sqlite_engine: Engine,
) -> None:
    order: list[str] = []
    under_way = Event()

    def pages() -> None:
        for _ in range(12):
            with writing(sqlite_engine):
                under_way.set()
                time.sleep(0.03)  # what a page of planning takes
            order.append("page")

    planner = Thread(target=pages)
    planner.start()
    assert under_way.wait(20)
    with writing(sqlite_engine):
        order.append("other")
    planner.join(20)
    assert order.index("other") <= 5
