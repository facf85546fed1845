"""Faults of the record: locked, full, gone, read-only, of another version. Nothing is sent then."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, event, make_url, text

from contacts.channels.outbox import Outbox
from contacts.channels.sendgrid import SendGrid
from contacts.channels.wire import Limits, Poster, Reply, Wire, WireFailure
from contacts.channels.wire_aiohttp import open_aiohttp
from contacts.channels.wire_pyreqwest import open_pyreqwest
from contacts.delivery.pausing.resume import begin_pass
from contacts.delivery.send import PAUSES, send_due
from contacts.delivery.transactions import BATCHES_PER_CLAIM
from contacts.record.engine import RecordError, open_record, writing
from contacts.record.migrate import check_schema, known_versions
from contacts.record.upkeep.health import Verdict, record_findings
from contacts.settings import Settings
from contacts.web.app import create_app
from flows.failure import WORLD, explain
from tests.bad_servers import OK, answering, server
from tests.cast import NOW, ada
from tests.storm import crowd
from tests.world import World, world

HELLO = "  - {key: hello, channel: email, template: hello, day: 0}\n"


@pytest.fixture
def small(engine: Engine, settings: Settings) -> World:
    return due(engine, settings)


def due(engine: Engine, settings: Settings) -> World:
    """Ada is due one message."""
    made = world(engine, settings, HELLO)
    with writing(engine) as connection:
        ada(connection)
    made.plan(NOW)
    return made


async def sent_once(small: World) -> None:
    await small.send(NOW)
    await small.send(NOW)
    assert len(small.email.got) == 1
    assert small.attempts() == ["accepted"]


def in_one_line(error: Exception, *words: str) -> None:
    failure = explain(error)
    assert failure is not None
    assert failure.exit_code == WORLD
    assert "\n" not in failure.message
    for word in words:
        assert word in failure.message


# F28: locked; on PostgreSQL a table is.


async def test_f28_while_the_database_is_locked_nothing_is_sent(
    sqlite_engine: Engine, settings: Settings
) -> None:
    small = due(sqlite_engine, settings)
    small.engine = open_record(str(sqlite_engine.url), busy_seconds=0.05)
    refused: list[object] = []
    event.listen(small.engine, "handle_error", lambda error: refused.append(error))
    with writing(sqlite_engine), pytest.raises(RecordError) as caught:
        await small.send(NOW)
    in_one_line(caught.value, "locked by another program")
    assert len(refused) == 1 + len(PAUSES)  # not once more for each batch under way
    assert small.email.got == []
    await sent_once(small)
    small.engine.dispose()


async def test_f28_while_a_table_is_locked_nothing_is_sent(
    postgresql_engine: Engine, settings: Settings
) -> None:
    small = due(postgresql_engine, settings)
    url = postgresql_engine.url.render_as_string(hide_password=False)
    small.engine = open_record(url, busy_seconds=0.05)
    with postgresql_engine.begin() as other:
        other.exec_driver_sql("LOCK TABLE queue")
        with pytest.raises(RecordError) as caught:
            await small.send(NOW)
    in_one_line(caught.value, "locked by another program")
    assert small.email.got == []
    await sent_once(small)
    small.engine.dispose()


async def test_f28_a_lock_that_goes_in_time_is_waited_for(
    sqlite_engine: Engine, settings: Settings
) -> None:
    small = due(sqlite_engine, settings)
    small.engine = open_record(str(sqlite_engine.url), busy_seconds=0.05)
    locked = ExitStack()
    locked.enter_context(writing(sqlite_engine))
    refused: list[object] = []

    def let_go(_: object) -> None:  # what it returned would be raised
        refused.append(1)
        locked.close()

    event.listen(small.engine, "handle_error", let_go)
    assert (await small.send(NOW)).sent == 1
    assert len(refused) == 1
    small.engine.dispose()


@dataclass
class Locking:
    """A wire at whose nth request another program takes hold of the record."""

    inner: Poster
    record: Engine
    locked: ExitStack
    at: int
    posted: int = 0

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Reply | WireFailure:
        self.posted += 1
        if self.posted == self.at:
            self.locked.enter_context(writing(self.record))
        return await self.inner.post(url, body, headers)


@pytest.mark.parametrize("open_wire", [open_aiohttp, open_pyreqwest])
async def test_f28_answers_are_taken_in_time_while_the_next_claim_waits_for_a_lock(
    open_wire: Callable[[Limits], AbstractAsyncContextManager[Wire]],
    sqlite_engine: Engine,
    settings: Settings,
) -> None:
    """The lock lasts longer than a request may: one that waited for it would be in doubt."""
    crowd(sqlite_engine, 1 + BATCHES_PER_CLAIM)
    small = world(sqlite_engine, settings.model_copy(update={"batch_size": 1}), HELLO)
    small.plan(NOW)
    small.engine = open_record(str(sqlite_engine.url), busy_seconds=0.5)
    locked = ExitStack()
    event.listen(small.engine, "handle_error", lambda _: locked.close())
    limits = Limits(connections=1, connect_timeout=1.0, request_timeout=0.3)
    async with server(answering(OK)) as url, open_wire(limits) as wire:
        locking = Locking(wire, sqlite_engine, locked, at=BATCHES_PER_CLAIM)
        mail = SendGrid(locking, api_key="key", base_url=url)
        outbox = Outbox(email=mail, sms=small.sms, live=frozenset())
        await send_due(
            small.engine, outbox, settings=small.settings, templates=small.templates, now=NOW
        )
    assert small.attempts() == ["accepted"] * (1 + BATCHES_PER_CLAIM)
    small.engine.dispose()


async def test_the_answers_of_a_batch_are_kept_though_the_next_one_cannot_be_read(
    engine: Engine, settings: Settings
) -> None:
    crowd(engine, 2)
    small = world(engine, settings.model_copy(update={"batch_size": 1}), HELLO)
    small.plan(NOW)
    no_more_facts = ExitStack()
    small.email.asked = lambda: no_more_facts.enter_context(refusing_facts(engine)) and None
    with no_more_facts, pytest.raises(NoFactsError):
        await small.send(NOW)
    assert small.attempts() == ["accepted"]
    assert sorted(state for _, state, _ in small.touches()) == ["accepted", "planned"]


class NoFactsError(Exception):
    """What no part of the record is expected to raise."""


@contextmanager
def refusing_facts(engine: Engine) -> Iterator[None]:
    """Nobody can be read any more."""

    def refuse(_1: Any, _2: Any, statement: str, *_: Any) -> None:
        if statement.startswith("SELECT") and "customers.first_name" in statement:
            raise NoFactsError

    event.listen(engine, "before_cursor_execute", refuse)
    try:
        yield
    finally:
        event.remove(engine, "before_cursor_execute", refuse)


# F29: a full disk, in the gate: what it writes no longer fits.


async def test_f29_on_a_full_disk_nothing_is_sent_and_room_is_enough_to_recover(
    sqlite_engine: Engine, settings: Settings
) -> None:
    small = due(sqlite_engine, settings)
    words = settings.workspace / "templates" / "email" / "hello" / "body.html"
    words.write_text(f"<p>{'Welcome, Ada. ' * 9000}</p>", encoding="utf-8")
    with full(sqlite_engine), pytest.raises(RecordError) as caught:
        await small.send(NOW)
    in_one_line(caught.value, "full", "record.db")
    assert (small.email.got, small.attempts()) == ([], [])
    with writing(sqlite_engine) as connection:  # the claim of that pass runs out
        connection.execute(text("UPDATE queue SET lease_until = NULL"))
    await sent_once(small)


@contextmanager
def full(engine: Engine) -> Iterator[None]:
    """The database may not grow any more."""

    def limit(connection: Any, _: object) -> None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages + 2}")

    engine.dispose()
    event.listen(engine, "connect", limit)
    yield
    event.remove(engine, "connect", limit)
    engine.dispose()


# F31: the database is gone for a while.


async def test_f31_without_its_database_nothing_is_sent_and_health_says_503(
    small: World, engine: Engine, settings: Settings, tmp_path: Path
) -> None:
    gone = open_record(
        f"sqlite:///{tmp_path / 'nowhere' / 'record.db'}"
        if engine.dialect.name == "sqlite"
        else "postgresql://nobody@127.0.0.1:1/nothing"
    )
    small.engine = gone
    for _ in range(2):  # every pass says so, and ends
        with pytest.raises(RecordError) as caught:
            begin_pass(gone, settings, now=NOW)
        in_one_line(caught.value, "record.db" if gone.dialect.name == "sqlite" else "nothing")
    with pytest.raises(RecordError):
        await small.send(NOW)
    client = TestClient(create_app(settings, gone, clock=lambda: NOW))
    assert client.get("/health").status_code == 503
    assert small.email.got == []
    small.engine = engine
    client = TestClient(create_app(settings, engine, clock=lambda: NOW))
    assert client.get("/health").json()["sending"] == "on"
    await sent_once(small)


# F34: read-only, or of another version.


def read_only(engine: Engine) -> Engine:
    if engine.dialect.name == "sqlite":
        return open_record(f"sqlite:///file:{engine.url.database}?mode=ro&uri=true")
    options = {"options": "-c default_transaction_read_only=on"}
    url = make_url(engine.url).update_query_dict(options)
    return open_record(url.render_as_string(hide_password=False))


async def test_f34_a_read_only_record_sends_nothing_and_says_so(
    small: World, engine: Engine, settings: Settings
) -> None:
    small.engine = read_only(engine)
    with pytest.raises(RecordError) as caught:
        begin_pass(small.engine, settings, now=NOW)
    in_one_line(caught.value, "is read-only" if engine.dialect.name == "sqlite" else "no writes")
    with pytest.raises(RecordError):
        await small.send(NOW)
    assert small.email.got == []
    small.engine.dispose()
    small.engine = engine
    await sent_once(small)


def test_f34_a_record_of_another_version_names_both(engine: Engine) -> None:
    before, needed = known_versions()[-2:]
    with at_version(engine, before):
        with pytest.raises(RecordError) as caught:
            check_schema(engine)
        (found,) = record_findings(engine, now=NOW)
    in_one_line(caught.value, before, needed, "touchline migrate")
    assert (found.verdict, needed in found.said) == (Verdict.FAIL, True)


@contextmanager
def at_version(engine: Engine, version: str) -> Iterator[None]:
    """The record says so, whatever its tables are."""
    statement = text("UPDATE alembic_version SET version_num = :version")
    with writing(engine) as connection:
        connection.execute(statement, {"version": version})
    try:
        yield
    finally:  # the tests after this one share the database
        with writing(engine) as connection:
            connection.execute(statement, {"version": known_versions()[-1]})
