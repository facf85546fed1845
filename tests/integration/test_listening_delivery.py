"""What providers say of a message moves its touch on: once, in any order, and no other's."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlalchemy import Engine, func, insert, select, text, update

from contacts.channels.incoming import EventKind, IncomingEvent
from contacts.listening.apply import Applied, apply_events
from contacts.record.consent.suppression import suppressed
from contacts.record.customers.address_keys import address_hash
from contacts.record.engine import RecordError, writing
from contacts.record.locks import share_customers
from contacts.record.tables import Attempt, Consent, Customer, Enrolment, Event, Queued
from contacts.record.touches.attempts import new_attempt_id
from contacts.settings import Settings
from tests.cast import NOW, SIGNING_KEY, ada
from tests.sent import Sent, planned, sent, state_of

LATER = NOW + timedelta(minutes=5)


def event(
    kind: EventKind, *, to: Sent | None = None, number: int = 1, **changes: object
) -> IncomingEvent:
    values = {
        "provider": "sendgrid",
        "event_id": f"event-{kind}-{number}",
        "kind": kind,
        "channel": "email",
        "occurred_at": NOW + timedelta(seconds=number),
        "attempt_id": to.attempt_id if to else None,
        "address": "ada@example.com",
        **changes,
    }
    return IncomingEvent(**values)  # type: ignore[arg-type]


def apply(engine: Engine, settings: Settings, events: Sequence[IncomingEvent]) -> Applied:
    with writing(engine) as connection:
        return apply_events(connection, events, settings=settings, now=LATER)


def sent_to_ada(engine: Engine, *, state: str = "accepted") -> Sent:
    with writing(engine) as connection:
        return sent(connection, ada(connection), state=state)


def is_suppressed(engine: Engine, address: str = "ada@example.com", channel: str = "email") -> bool:
    hashed = address_hash(SIGNING_KEY, address)
    with engine.connect() as connection:
        return (hashed, channel) in suppressed(connection, [hashed])


def count(engine: Engine, table: type) -> int:
    with engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()


def test_a_delivered_event_moves_the_touch_on(engine: Engine, settings: Settings) -> None:
    touch = sent_to_ada(engine)
    applied = apply(engine, settings, [event(EventKind.DELIVERED, to=touch)])
    assert applied == Applied(stored=1, repeated=0, unmatched=0)
    assert state_of(engine, touch.touch_id) == "delivered"


def test_f35_the_same_event_46_times_is_stored_and_applied_once(
    engine: Engine, settings: Settings
) -> None:
    touch = sent_to_ada(engine)
    delivered = event(EventKind.DELIVERED, to=touch)
    for _ in range(46):
        applied = apply(engine, settings, [delivered])
    assert applied == Applied(stored=0, repeated=1, unmatched=0)
    assert count(engine, Event) == 1
    assert state_of(engine, touch.touch_id) == "delivered"


def test_the_same_event_twice_in_one_batch_is_stored_once(
    engine: Engine, settings: Settings
) -> None:
    delivered = event(EventKind.DELIVERED, to=sent_to_ada(engine))
    assert apply(engine, settings, [delivered, delivered]).stored == 1


def test_an_event_before_our_own_record_of_the_answer_proves_acceptance(
    engine: Engine, settings: Settings
) -> None:
    touch = sent_to_ada(engine, state="sending")
    apply(engine, settings, [event(EventKind.DELIVERED, to=touch, provider_id="m1")])
    with engine.connect() as connection:
        attempt = connection.execute(select(Attempt.state, Attempt.provider_id)).one()
        enrolment = connection.execute(select(Enrolment.position)).scalar_one()
        contacted = connection.execute(select(Customer.last_contact_at)).scalar_one()
    assert tuple(attempt) == ("accepted", "m1")
    assert state_of(engine, touch.touch_id) == "delivered"
    assert enrolment == 1
    assert contacted == NOW + timedelta(seconds=1)


def test_an_event_settles_an_attempt_that_was_in_doubt(engine: Engine, settings: Settings) -> None:
    touch = sent_to_ada(engine, state="unknown")
    apply(engine, settings, [event(EventKind.ACCEPTED, to=touch)])
    assert state_of(engine, touch.touch_id) == "accepted"


def test_delivered_then_processed_stays_delivered(engine: Engine, settings: Settings) -> None:
    touch = sent_to_ada(engine)
    apply(engine, settings, [event(EventKind.DELIVERED, to=touch)])
    apply(engine, settings, [event(EventKind.ACCEPTED, to=touch, number=2)])
    assert state_of(engine, touch.touch_id) == "delivered"


def test_a_batch_in_the_wrong_order_ends_where_the_last_event_does(
    engine: Engine, settings: Settings
) -> None:
    touch = sent_to_ada(engine, state="sending")
    batch = [
        event(EventKind.BOUNCED, to=touch, number=3, detail="550 5.1.1 no such user"),
        event(EventKind.ACCEPTED, to=touch, number=1),
        event(EventKind.DELIVERED, to=touch, number=2),
    ]
    apply(engine, settings, batch)
    assert state_of(engine, touch.touch_id) == "bounced"


def test_a_bounce_after_delivery_suppresses_the_address(engine: Engine, settings: Settings) -> None:
    touch = sent_to_ada(engine)
    apply(engine, settings, [event(EventKind.DELIVERED, to=touch)])
    bounce = event(EventKind.BOUNCED, to=touch, number=2, detail="550 5.1.1 no such user")
    apply(engine, settings, [bounce])
    assert state_of(engine, touch.touch_id) == "bounced"
    assert is_suppressed(engine)


def test_a_bounce_clears_what_was_planned_for_the_address_and_ends_no_cadence(
    engine: Engine, settings: Settings
) -> None:
    with writing(engine) as connection:
        ada_id = ada(connection)
        touch = sent(connection, ada_id, state="accepted")
        waiting = planned(connection, ada_id, touch.enrolment_id)
    bounce = event(EventKind.BOUNCED, to=touch, number=2, detail="550 5.1.1 no such user")
    apply(engine, settings, [bounce])
    assert state_of(engine, waiting) == "skipped"
    with engine.connect() as connection:
        assert connection.execute(select(Queued.touch_id)).all() == []
        enrolment = connection.execute(select(Enrolment)).one()
    assert (enrolment.state, enrolment.plan_at) == ("active", LATER)  # the next step, at once


def test_c05_a_bounce_about_our_authentication_leaves_the_address_alone(
    engine: Engine, settings: Settings
) -> None:
    touch = sent_to_ada(engine)
    reason = "550 5.7.515 Access denied, sending domain does not meet the required level"
    apply(engine, settings, [event(EventKind.BOUNCED, to=touch, detail=reason)])
    assert state_of(engine, touch.touch_id) == "bounced"
    assert not is_suppressed(engine)


def test_a_block_leaves_the_address_alone(engine: Engine, settings: Settings) -> None:
    touch = sent_to_ada(engine)
    apply(engine, settings, [event(EventKind.BLOCKED, to=touch, detail="421 try later")])
    assert state_of(engine, touch.touch_id) == "undelivered"
    assert not is_suppressed(engine)


def test_a_drop_takes_over_the_providers_own_suppression(
    engine: Engine, settings: Settings
) -> None:
    touch = sent_to_ada(engine)
    apply(engine, settings, [event(EventKind.DROPPED, to=touch, detail="Bounced Address")])
    assert state_of(engine, touch.touch_id) == "dropped"
    assert is_suppressed(engine)


def test_an_event_of_another_installation_is_kept_and_changes_nothing(
    engine: Engine, settings: Settings
) -> None:
    touch = sent_to_ada(engine)
    foreign = Sent("00000000-0000-0000-0000-000000000000", 0, 0)
    bounce = event(EventKind.BOUNCED, to=foreign, detail="550 5.1.1 no such user")
    applied = apply(engine, settings, [bounce])
    assert applied == Applied(stored=1, repeated=0, unmatched=1)
    assert state_of(engine, touch.touch_id) == "accepted"
    assert not is_suppressed(engine)


def test_an_event_without_our_mark_is_matched_by_the_providers_id(
    engine: Engine, settings: Settings
) -> None:
    touch = sent_to_ada(engine)
    known_as = f"provider-{touch.touch_id}"
    apply(engine, settings, [event(EventKind.DELIVERED, provider_id=known_as)])
    assert state_of(engine, touch.touch_id) == "delivered"


def test_an_attempt_proven_absent_says_nothing_of_the_one_after_it(
    engine: Engine, settings: Settings
) -> None:
    first = sent_to_ada(engine)
    with writing(engine) as connection:
        connection.execute(update(Attempt).values(state="not_sent"))
        again = select(Attempt.__table__).where(Attempt.id == first.attempt_id)
        row = connection.execute(again).one()._mapping
        second = {**row, "id": new_attempt_id(), "state": "accepted"}
        connection.execute(insert(Attempt).values(second))
    apply(engine, settings, [event(EventKind.UNDELIVERED, to=first)])
    assert state_of(engine, first.touch_id) == "accepted"


def test_a_spam_complaint_is_an_opt_out(engine: Engine, settings: Settings) -> None:
    touch = sent_to_ada(engine)
    with writing(engine) as connection:
        ada_id = connection.execute(select(Customer.id)).scalar_one()
        waiting = planned(connection, ada_id, touch.enrolment_id)
    apply(engine, settings, [event(EventKind.COMPLAINED, to=touch)])
    assert is_suppressed(engine)
    assert state_of(engine, waiting) == "skipped"
    with engine.connect() as connection:
        last = connection.execute(select(Consent).order_by(Consent.id.desc())).first()
    assert last is not None
    assert (last.granted, last.source) == (False, "spam complaint")


def test_words_that_no_database_takes_are_stored_without_them(
    engine: Engine, settings: Settings
) -> None:
    odd = event(EventKind.DELIVERED, detail="a\0b\ud800", event_id="x" * 300, attempt_id="y" * 50)
    assert apply(engine, settings, [odd]).stored == 1


def test_a_large_batch_is_taken_in_whole(engine: Engine, settings: Settings) -> None:
    touch = sent_to_ada(engine)
    batch = [event(EventKind.OPENED, to=touch, number=number) for number in range(1201)]
    assert apply(engine, settings, batch).stored == 1201


def apply_impatiently(engine: Engine, settings: Settings, one: IncomingEvent) -> None:
    with writing(engine) as connection:
        connection.execute(text("SET LOCAL lock_timeout = '50ms'"))
        apply_events(connection, [one], settings=settings, now=LATER)


@pytest.mark.postgresql
def test_a_drop_for_an_unsubscribed_address_waits_for_the_customers_gates(
    postgresql_engine: Engine, settings: Settings
) -> None:
    """As any opt-out does (P3): a touch at its gate must not leave after this was committed."""
    touch = sent_to_ada(postgresql_engine)
    dropped = event(EventKind.DROPPED, to=touch, detail="Unsubscribed Address")
    with postgresql_engine.connect() as gate:
        share_customers(gate, list(gate.execute(select(Customer.id)).scalars()))
        with pytest.raises(RecordError):
            apply_impatiently(postgresql_engine, settings, dropped)
    assert not is_suppressed(postgresql_engine)
    apply(postgresql_engine, settings, [dropped])
    assert is_suppressed(postgresql_engine)
