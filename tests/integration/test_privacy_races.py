"""What reaches the record while somebody is being erased does not bring them back."""

import time
from collections.abc import Callable
from pathlib import Path
from threading import Thread
from typing import Any

from sqlalchemy import Connection, Engine, event, select

from contacts.channels.twilio import parse_inbound
from contacts.listening.apply import apply_events
from contacts.privacy.erase import erase
from contacts.record.engine import open_record, reading, writing
from contacts.record.errors import ErasedCustomer
from contacts.record.imports import import_customers
from contacts.record.imports.run import CHUNK
from contacts.record.phrases import NoteKind
from contacts.record.tables import Customer, Event, Task
from contacts.record.work.notes import Note, record_note
from contacts.settings import Settings
from tests.cast import NOW, SIGNING_KEY, ada
from tests.statements import WAITING

HEADER = "email,first_name\n"
HER_ROW = "ada@example.com,Adele\n"


def her(engine: Engine) -> int:
    with writing(engine) as connection:
        return ada(connection)


def gone(engine: Engine, customer_id: int) -> None:
    erase(engine, customer_id, signing_key=SIGNING_KEY, now=NOW)


def gone_while(engine: Engine, customer_id: int, act: Callable[[Engine], object]) -> list[Any]:
    """Erase them, and do this from another connection just before the commit; what it raised."""
    other = open_record(engine.url.render_as_string(hide_password=False))
    raised: list[Any] = []

    def acting() -> None:
        try:
            act(other)
        except ErasedCustomer as error:
            raised.append(error)

    meanwhile = Thread(target=acting)

    @event.listens_for(engine, "commit", once=True)
    def before_it_is_final(ours: Connection) -> None:
        meanwhile.start()
        while meanwhile.is_alive() and not ours.execute(WAITING).scalar_one():
            time.sleep(0.01)

    gone(engine, customer_id)
    meanwhile.join(20)
    other.dispose()
    return raised


def written(engine: Engine) -> list[Any]:
    """Every word of an event, of a task and of a customer."""
    with reading(engine) as connection:
        events = connection.execute(select(Event.detail, Event.payload)).all()
        tasks = connection.execute(select(Task.title, Task.brief)).all()
        people = connection.execute(select(Customer.email, Customer.first_name)).all()
    return [word for row in (*events, *tasks, *people) for word in row if word]


def test_c20_who_is_erased_between_two_chunks_of_an_import_stays_erased(
    engine: Engine, settings: Settings, tmp_path: Path
) -> None:
    customer_id = her(engine)
    path = tmp_path / "customers.csv"
    others = "".join(f"u{number}@example.com,\n" for number in range(CHUNK))
    path.write_text(HEADER + others + HER_ROW)
    chunks: list[int] = []

    def progress(read: int, _: int) -> None:
        if not chunks:
            gone(engine, customer_id)
        chunks.append(read)

    came = import_customers(engine, path, settings=settings, now=NOW, progress=progress)
    assert (came.created, came.left_out, len(chunks)) == (CHUNK, 1, 2)
    assert "Adele" not in written(engine)
    assert "ada@example.com" not in written(engine)


def test_c20_an_import_that_meets_an_erasure_waits_for_it(
    postgresql_engine: Engine, settings: Settings, tmp_path: Path
) -> None:
    path = tmp_path / "customers.csv"
    path.write_text(HEADER + HER_ROW)
    gone_while(
        postgresql_engine,
        her(postgresql_engine),
        lambda other: import_customers(other, path, settings=settings, now=NOW),
    )
    assert written(postgresql_engine) == []


def test_c20_a_reply_that_meets_an_erasure_brings_back_no_word(
    postgresql_engine: Engine, settings: Settings
) -> None:
    said = {"MessageSid": "SM" + "3" * 32, "From": "+12025550111", "Body": "I am ill"}
    reply = parse_inbound(said, now=NOW)

    def hear(other: Engine) -> None:
        with writing(other) as connection:
            assert apply_events(connection, [reply], settings=settings, now=NOW).stored == 1

    gone_while(postgresql_engine, her(postgresql_engine), hear)
    assert written(postgresql_engine) == []


def test_c20_a_note_that_meets_an_erasure_is_refused(postgresql_engine: Engine) -> None:
    customer_id = her(postgresql_engine)

    def note(other: Engine) -> None:
        with writing(other) as connection:
            record_note(connection, Note(customer_id, NoteKind.NOTE, "Is ill", NOW), now=NOW)

    (refused,) = gone_while(postgresql_engine, customer_id, note)
    assert isinstance(refused, ErasedCustomer)
    assert written(postgresql_engine) == []
