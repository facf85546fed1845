"""Workers that get in each other's way, and a database that ends one of their transactions."""

import asyncio
import subprocess
import sys
import time
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, select, text, update

from contacts.channels.incoming import EventKind, IncomingEvent
from contacts.listening.apply import apply_events
from contacts.listening.by_person import Told, withdraw
from contacts.listening.lists import ListOf, import_list
from contacts.listening.preferences import Wanted, save
from contacts.listening.unsubscribe import unsubscribe
from contacts.record.consent.choices import Came, Level
from contacts.record.engine import open_record, writing
from contacts.record.locks import share_customers
from contacts.record.tables import Customer, Suppression, Touch
from contacts.settings import Settings
from tests.cast import NOW
from tests.statements import WAITING
from tests.storm import crowd, states
from tests.world import World, world

HELLO = "  - {key: hello, channel: email, template: hello, day: 0}\n"
MINUTE = timedelta(minutes=1)


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


@pytest.mark.parametrize("act", ["by_events", "by_link", "on_the_page", "to_a_person", "on_a_list"])
def test_f33_who_opts_out_holds_customers_in_the_order_of_the_gate(
    postgresql_engine: Engine, settings: Settings, act: str
) -> None:
    """A gate holds the first customer, and wants both."""
    crowd(postgresql_engine, 1, first=9)  # the later one by address
    crowd(postgresql_engine, 1)
    if act not in ("by_events", "on_a_list"):
        with writing(postgresql_engine) as connection:
            connection.execute(update(Customer).values(phone="+12025550100"))
    first, second = people(postgresql_engine)

    def opting_out() -> None:
        with writing(postgresql_engine) as connection:
            OPTING_OUT[act](connection, first, second, settings)

    intake = Thread(target=opting_out)
    with postgresql_engine.begin() as gate:
        share_customers(gate, [first.id])
        intake.start()
        while not gate.execute(WAITING).scalar_one():
            assert intake.is_alive()
        gate.exec_driver_sql("SET LOCAL lock_timeout = '500ms'")
        share_customers(gate, [second.id])
    intake.join(20)
    with postgresql_engine.connect() as connection:
        assert len(connection.execute(select(Suppression)).all()) >= 2


def people(engine: Engine) -> list[Any]:
    with engine.connect() as connection:
        return list(connection.execute(select(Customer).order_by(Customer.id)))


def by_events(connection: Connection, first: Any, second: Any, settings: Settings) -> None:
    """The older one is of the second customer."""
    events = [stop("later", first.phone, NOW), stop("sooner", second.phone, NOW - MINUTE)]
    apply_events(connection, events, settings=settings, now=NOW)


def by_link(connection: Connection, first: Any, second: Any, settings: Settings) -> None:
    """Of the second customer, who has the number of the first."""
    unsubscribe(connection, second.id, "email", everything=True, settings=settings, now=NOW)


def on_the_page(connection: Connection, first: Any, second: Any, settings: Settings) -> None:
    """Of the second customer, who has the number of the first."""
    wanted = Wanted({"sms": Level.NOTHING, "email": Level.NOTHING})
    save(connection, Came(second.id, "sms"), wanted, settings=settings, now=NOW)


def to_a_person(connection: Connection, first: Any, second: Any, settings: Settings) -> None:
    """Of the second customer, who has the number of the first."""
    told = Told("sms", "", "by telephone", NOW)
    everywhere = settings.model_copy(update={"stop_means_all_channels": True})
    withdraw(connection, second, told, settings=everywhere, now=NOW)


def on_a_list(connection: Connection, first: Any, second: Any, settings: Settings) -> None:
    """The second customer's address stands first in the alphabet."""
    path = settings.workspace / "bounces.csv"
    path.write_text(f"email,created\n{first.email},1700000000\n{second.email},1700000000\n")
    import_list(connection.engine, path, of=ListOf.BOUNCES, settings=settings, now=NOW)


def stop(name: str, phone: str, at: datetime) -> IncomingEvent:
    return IncomingEvent("twilio", name, EventKind.OPTED_OUT, "sms", at, address=phone)


OPTING_OUT = {
    one.__name__: one for one in (by_events, by_link, on_the_page, to_a_person, on_a_list)
}
RECOVERING = """\
import fcntl, mmap, sys, time
with open(sys.argv[1] + "-shm", "r+b") as shared:
    for lock in (120, 122):  # SQLite's locks to write and to recover
        fcntl.lockf(shared, fcntl.LOCK_EX, 1, lock, 0)
    index = mmap.mmap(shared.fileno(), 0)  # to close it would end the locks
    index[0:96] = bytes(96)  # the index of the log is lost
    print("held", flush=True)
    time.sleep(0.3)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="plays a part of SQLite as it locks on Linux")
def test_f28_while_another_process_recovers_the_log_a_writer_waits(tmp_path: Path) -> None:
    path = tmp_path / "record.db"
    engine = open_record(f"sqlite:///{path}")
    with writing(engine) as connection:
        connection.exec_driver_sql("CREATE TABLE words (word)")
    other = [sys.executable, "-c", RECOVERING, str(path)]
    with subprocess.Popen(other, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        with writing(engine) as connection:
            connection.exec_driver_sql("INSERT INTO words VALUES ('here')")
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT word FROM words").scalar_one() == "here"
    engine.dispose()
