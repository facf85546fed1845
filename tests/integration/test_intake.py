"""Taking events in: requests that wait share a commit, and a bad event harms no other."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

import pytest
from sqlalchemy import Engine, event, select
from sqlalchemy.exc import SQLAlchemyError

from contacts.channels.incoming import EventKind, IncomingEvent
from contacts.listening.intake import Intake
from contacts.listening.stuck import try_again
from contacts.record.consent.suppression import suppressed
from contacts.record.customers.address_keys import address_hash
from contacts.record.engine import open_record, reading, writing
from contacts.record.errors import RecordError
from contacts.record.tables import Event, StuckEvent
from contacts.record.upkeep.health import record_findings
from contacts.settings import Settings
from tests.cast import NOW, SIGNING_KEY, ada
from tests.sent import Sent, sent, state_of

PATIENCE = 20.0  # seconds, of a machine with other things to do


def delivered(event_id: str, touch: Sent | None = None) -> IncomingEvent:
    attempt_id = touch.attempt_id if touch else None
    return IncomingEvent("sendgrid", event_id, EventKind.DELIVERED, "email", NOW, attempt_id)


def poison(event_id: str = "bad") -> IncomingEvent:
    """An event that no database takes, for it names no channel."""
    return replace(delivered(event_id), channel=None)  # type: ignore[arg-type]  # as a bug would


@pytest.fixture
def intake(engine: Engine, settings: Settings) -> Intake:
    return Intake(engine, settings, lambda: NOW)


@pytest.fixture
def touch(engine: Engine) -> Sent:
    with writing(engine) as connection:
        return sent(connection, ada(connection))


def stored(engine: Engine) -> list[str]:
    with reading(engine) as connection:
        return sorted(connection.execute(select(Event.event_id)).scalars())


def kept(engine: Engine) -> list[tuple[str, int]]:
    """(event, tries) of what is set aside."""
    with reading(engine) as connection:
        rows = connection.execute(select(StuckEvent.event_id, StuckEvent.tries))
        return [(row.event_id, row.tries) for row in rows]


@contextmanager
def refusing(engine: Engine, event_id: str) -> Iterator[None]:
    """Until the end of the block the database refuses this event."""
    refuse = f"WHEN NEW.event_id = '{event_id}' BEGIN SELECT RAISE(ABORT, 'refused'); END"
    with engine.begin() as connection:
        connection.exec_driver_sql(f"CREATE TRIGGER refusing BEFORE INSERT ON events {refuse}")
    yield
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER refusing")


def test_a_bad_event_holds_up_no_other_of_its_request(
    engine: Engine, intake: Intake, touch: Sent
) -> None:
    intake.take([delivered("first", touch), poison(), delivered("last")])
    assert stored(engine) == ["first", "last"]
    assert state_of(engine, touch.touch_id) == "delivered"
    assert kept(engine) == [("bad", 1)]


def test_a_bad_event_that_is_repeated_is_kept_once(engine: Engine, intake: Intake) -> None:
    intake.take([poison()])
    intake.take([poison()])
    assert kept(engine) == [("bad", 2)]


def test_what_was_set_aside_is_applied_once_nothing_forbids_it(
    sqlite_engine: Engine, settings: Settings
) -> None:
    with writing(sqlite_engine) as connection:
        touch = sent(connection, ada(connection))
    intake = Intake(sqlite_engine, settings, lambda: NOW)
    with refusing(sqlite_engine, "bad"):
        intake.take([delivered("bad", touch)])
        assert try_again(sqlite_engine, settings=settings, now=NOW) == 1
        assert kept(sqlite_engine) == [("bad", 2)]
        assert state_of(sqlite_engine, touch.touch_id) == "accepted"
    assert try_again(sqlite_engine, settings=settings, now=NOW) == 0
    assert kept(sqlite_engine) == []
    assert stored(sqlite_engine) == ["bad"]
    assert state_of(sqlite_engine, touch.touch_id) == "delivered"


@pytest.mark.parametrize("kind", [EventKind.OPTED_OUT, EventKind.COMPLAINED])
def test_a_wish_to_stop_that_is_set_aside_counts_at_once(
    sqlite_engine: Engine, settings: Settings, kind: EventKind
) -> None:
    with writing(sqlite_engine) as connection:
        ada(connection)
    wish = replace(delivered("bad"), kind=kind, address="Ada@example.com")
    hashed = address_hash(SIGNING_KEY, "ada@example.com")
    with refusing(sqlite_engine, "bad"):
        Intake(sqlite_engine, settings, lambda: NOW).take([wish])
        with reading(sqlite_engine) as connection:
            assert suppressed(connection, [hashed]) == {(hashed, "email"): "all"}
    assert try_again(sqlite_engine, settings=settings, now=NOW) == 0
    with reading(sqlite_engine) as connection:
        assert suppressed(connection, [hashed]) == {(hashed, "email"): "all"}


def test_s17_what_was_set_aside_is_named_and_nobody_quoted(
    engine: Engine, intake: Intake, capsys: pytest.CaptureFixture[str]
) -> None:
    intake.take([replace(poison(), address="ada@example.com", detail="Ada says so")])
    [found] = [one for one in record_findings(engine, now=NOW) if one.check == "events"]
    assert found.verdict == "FAIL"
    assert "1 " in found.said
    with reading(engine) as connection:
        why = connection.execute(select(StuckEvent.why)).scalar_one()
    assert "contacts/listening/" in why
    said = "".join(capsys.readouterr())
    assert why in said
    assert "ada@example.com" not in said
    assert "Ada says so" not in said


def test_requests_that_wait_share_one_commit(sqlite_engine: Engine, settings: Settings) -> None:
    """The first one is held up inside its transaction until five others wait behind it."""
    going_on = threading.Event()
    inside = threading.Event()

    def clock() -> datetime:
        inside.set()
        assert going_on.wait(PATIENCE)
        return NOW

    intake = Intake(sqlite_engine, settings, clock)
    commits: list[object] = []
    event.listen(sqlite_engine, "commit", commits.append)
    first = threading.Thread(target=intake.take, args=([delivered("0")],))
    others = [
        threading.Thread(target=intake.take, args=([delivered(str(number))],))
        for number in range(1, 6)
    ]
    first.start()
    assert inside.wait(PATIENCE)
    for one in others:
        one.start()
    while intake.waiting < len(others):
        assert all(one.is_alive() for one in others)
    going_on.set()
    for one in (first, *others):
        one.join(PATIENCE)
    assert stored(sqlite_engine) == [str(number) for number in range(6)]
    assert len(commits) == 2


def test_an_event_that_cannot_even_be_set_aside_fails_its_own_request_alone(
    sqlite_engine: Engine, settings: Settings
) -> None:
    """Two requests wait behind a third, and so share a transaction."""
    going_on, inside = threading.Event(), threading.Event()

    def clock() -> datetime:
        inside.set()
        assert going_on.wait(PATIENCE)
        return NOW

    intake = Intake(sqlite_engine, settings, clock)
    hopeless = replace(poison(), payload={"no": object()})
    failed: list[str] = []

    def take(name: str, event: IncomingEvent) -> None:
        try:
            intake.take([event])
        except SQLAlchemyError:
            failed.append(name)

    given = {"first": delivered("1"), "hopeless": hopeless, "sound": delivered("2")}
    threads = [threading.Thread(target=take, args=one) for one in given.items()]
    for number, thread in enumerate(threads):
        thread.start()
        assert inside.wait(PATIENCE)
        while intake.waiting < number:
            assert thread.is_alive()
    going_on.set()
    for thread in threads:
        thread.join(PATIENCE)
    assert failed == ["hopeless"]
    assert stored(sqlite_engine) == ["1", "2"]


def test_a_record_that_cannot_be_used_is_told_to_all_who_wait(
    sqlite_engine: Engine, settings: Settings
) -> None:
    impatient = open_record(sqlite_engine.url.render_as_string(), busy_seconds=0.05)
    intake = Intake(impatient, settings, lambda: NOW)
    told: list[str] = []

    def take(name: str) -> None:
        with pytest.raises(RecordError) as caught:
            intake.take([delivered(name)])
        told.append(str(caught.value))

    with sqlite_engine.begin():  # holds the write lock
        threads = [threading.Thread(target=take, args=(str(number),)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE)
    assert len(told) == len(threads)
    intake.take([delivered("later")])
    assert stored(sqlite_engine) == ["later"]
    impatient.dispose()
