"""How long customers may be silent, and which contacts count: not those that reached nobody."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, Engine, select

from contacts.channels.incoming import EventKind, IncomingEvent
from contacts.listening.apply import apply_events
from contacts.record.customers.silence import limits_of, out_of_touch
from contacts.record.engine import reading, writing
from contacts.record.phrases import NoteKind
from contacts.record.tables import Customer
from contacts.record.touches.outcomes import touched
from contacts.record.work.notes import Note, record_note
from contacts.settings import Settings
from tests.cast import NOW, ada, customer
from tests.sent import Sent, sent

DAY, INSTANT = timedelta(days=1), timedelta(microseconds=1000)
TIERS = {"key": 30}


def strict(settings: Settings) -> Settings:
    return settings.model_copy(update={"freshness_days_by_tier": TIERS})


@pytest.mark.parametrize(
    ("tier", "own", "days"), [("", None, 60), ("key", None, 30), ("key", 45, 45), ("", 7, 7)]
)
def test_a_customer_is_out_of_touch_past_the_nearest_limit_that_there_is(
    engine: Engine, settings: Settings, tier: str, own: int | None, days: int
) -> None:
    contacts = (NOW - days * DAY, NOW - days * DAY - INSTANT)
    with writing(engine) as connection:
        ids = [
            customer(connection, tier=tier, freshness_days=own, last_contact_at=at)
            for at in contacts
        ]
        never = {"created_at": contacts[1], "last_contact_at": None}
        ids.append(customer(connection, tier=tier, freshness_days=own, **never))
        late = select(Customer.id).where(out_of_touch(strict(settings), NOW)).order_by(Customer.id)
        assert list(connection.execute(late).scalars()) == ids[1:]
        limits = limits_of(connection, ids, strict(settings))
    assert limits == dict.fromkeys(ids, days)


def last_contact(engine: Engine) -> datetime | None:
    with reading(engine) as connection:
        return connection.execute(select(Customer.last_contact_at)).scalar_one()


def is_sent(connection: Connection, customer_id: int, step: str, at: datetime) -> Sent:
    """As the answer of a provider leaves it."""
    one = sent(connection, customer_id, step=step, at=at)
    touched(connection, [customer_id], at=at)
    return one


def hears(engine: Engine, settings: Settings, kind: EventKind, one: Sent, at: datetime) -> None:
    event = IncomingEvent(
        "sendgrid", f"{kind}-{one.touch_id}", kind, "email", at, one.attempt_id,
        detail="550 5.1.1 no such user",
    )  # fmt: skip
    with writing(engine) as connection:
        apply_events(connection, [event], settings=settings, now=at)


@pytest.mark.parametrize("kind", [EventKind.BOUNCED, EventKind.DROPPED, EventKind.BLOCKED])
def test_a_mail_that_failed_is_no_contact_and_the_one_before_counts_again(
    engine: Engine, settings: Settings, kind: EventKind
) -> None:
    with writing(engine) as connection:
        ada_id = ada(connection)
        is_sent(connection, ada_id, "hello", NOW - 9 * DAY)
        failed = is_sent(connection, ada_id, "tips", NOW - DAY)
    hears(engine, settings, kind, failed, NOW)
    assert last_contact(engine) == NOW - 9 * DAY


def test_whose_only_mail_bounced_after_it_was_delivered_was_never_in_touch(
    engine: Engine, settings: Settings
) -> None:
    with writing(engine) as connection:
        one = is_sent(connection, ada(connection), "hello", NOW - DAY)
    hears(engine, settings, EventKind.DELIVERED, one, NOW)
    assert last_contact(engine) == NOW - DAY
    hears(engine, settings, EventKind.BOUNCED, one, NOW + DAY)
    assert last_contact(engine) is None


@pytest.mark.parametrize("kind", [NoteKind.CALL, NoteKind.VISIT])
def test_a_call_before_a_mail_that_bounced_is_the_last_contact(
    engine: Engine, settings: Settings, kind: NoteKind
) -> None:
    with writing(engine) as connection:
        ada_id = ada(connection)
        record_note(connection, Note(ada_id, NoteKind.NOTE, "a note", NOW - 2 * DAY), now=NOW)
        record_note(connection, Note(ada_id, kind, "talked", NOW - 3 * DAY), now=NOW)
        failed = is_sent(connection, ada_id, "hello", NOW - DAY)
    hears(engine, settings, EventKind.BOUNCED, failed, NOW)
    assert last_contact(engine) == NOW - 3 * DAY


def test_their_words_and_our_answer_stay_contacts(
    sqlite_engine: Engine, settings: Settings
) -> None:
    with writing(sqlite_engine) as connection:
        ada_id = ada(connection)
        first = is_sent(connection, ada_id, "hello", NOW - 9 * DAY)
    hears(sqlite_engine, settings, EventKind.REPLIED, first, NOW - 8 * DAY)
    with writing(sqlite_engine) as connection:
        failed = is_sent(connection, ada_id, "tips", NOW - DAY)
    hears(sqlite_engine, settings, EventKind.BOUNCED, failed, NOW)
    assert last_contact(sqlite_engine) == NOW - 8 * DAY
    with writing(sqlite_engine) as connection:
        answer = Note(ada_id, NoteKind.NOTE, "answered", NOW - 7 * DAY)
        assert record_note(connection, answer, now=NOW) is not None
        again = is_sent(connection, ada_id, "more", NOW)
    hears(sqlite_engine, settings, EventKind.BOUNCED, again, NOW + DAY)
    assert last_contact(sqlite_engine) == NOW - 7 * DAY


def test_a_later_contact_outlives_an_earlier_mail_that_bounces(
    sqlite_engine: Engine, settings: Settings
) -> None:
    with writing(sqlite_engine) as connection:
        ada_id = ada(connection)
        failed = is_sent(connection, ada_id, "hello", NOW - 2 * DAY)
        touched(connection, [ada_id], at=NOW - DAY)
    hears(sqlite_engine, settings, EventKind.BOUNCED, failed, NOW)
    assert last_contact(sqlite_engine) == NOW - DAY
