"""What is taken apart by place is what its name says: each value here is like no other one."""

from dataclasses import asdict
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Engine, insert

from contacts.cadences.facts import OwnerFacts, TouchFacts
from contacts.cadences.reach import NEVER_ASKED, Agreed
from contacts.cadences.reasons import Reason
from contacts.record.consent.suppression import consents, suppress, suppressed
from contacts.record.customers.facts import load_facts
from contacts.record.doubt.doubts import Doubt, doubts
from contacts.record.sending.channels import ChannelState, channel_states
from contacts.record.tables import (
    Attempt,
    CadenceVersion,
    Channel,
    Consent,
    Enrolment,
    Event,
    Message,
    OwnerRow,
    Queued,
    Touch,
)
from contacts.record.touches.attempts import new_attempt_id
from contacts.record.touches.backlog import Overdue, written_due_by
from contacts.record.touches.moves import MovedTouch, move_touches
from contacts.record.touches.queue import Claim, claim
from contacts.settings import Settings
from tests.cast import NOW, customer

OWNER, PERSON, VERSION, ENROLMENT, TOUCH = 7, 11, 13, 17, 19
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def test_a_customers_facts_are_each_under_their_name(engine: Engine, settings: Settings) -> None:
    said = {
        "email": "tara@example.com",
        "phone": "+12025550177",
        "first_name": "Tara",
        "last_name": "Thapa",
        "company": "Everest Teas",
        "timezone": "Asia/Kathmandu",
        "locale": "ne",
        "country": "NP",
        "tier": "gold",
        "persona": "founder",
        "joined_on": (NOW - 30 * DAY).date(),
        "attributes": {"seats": "12"},
    }
    owner = {"email": "olive@example.com", "name": "Olive Owner", "phone": "+12025550100"}
    with engine.begin() as connection:
        connection.execute(insert(OwnerRow).values(id=OWNER, **owner))
        customer(connection, id=PERSON, owner_id=OWNER, last_contact_at=NOW - 4 * DAY, **said)
        facts = load_facts(connection, [PERSON], settings=settings, now=NOW)[PERSON]
    days = {"days_since_joined": 30, "days_since_contact": 4}
    assert asdict(facts.customer) == said | days | {"id": PERSON}
    assert facts.owner == OwnerFacts(first_name="Olive", **owner)


def test_touches_made_are_not_taken_for_replies(engine: Engine, settings: Settings) -> None:
    with engine.begin() as connection:
        _touch(connection, state="accepted", made_at=NOW)
        replies = [
            {"provider": "sendgrid", "event_id": f"e{days}", "kind": "replied", "payload": None,
             "customer_id": PERSON, "occurred_at": NOW - days * DAY, "received_at": NOW}
            for days in (3, 5)
        ]  # fmt: skip
        connection.execute(insert(Event), replies)
        facts = load_facts(connection, [PERSON], settings=settings, now=NOW)[PERSON]
    assert facts.touches == TouchFacts(count=1, replies=2, days_since_reply=3)


def test_a_claim_has_its_touch_its_fence_and_its_instant(engine: Engine) -> None:
    with engine.begin() as connection:
        _touch(connection)
        connection.execute(insert(Queued).values(ready_at=NOW, touch_id=TOUCH, fence=22))
        (held,) = claim(connection, now=NOW, limit=5, lease_seconds=60)
    assert held == Claim(touch_id=TOUCH, fence=23, ready_at=NOW)


def test_a_touch_that_waits_is_told_with_all_that_is_known_of_it(engine: Engine) -> None:
    with engine.begin() as connection:
        _touch(connection, reason="rate")
        connection.execute(insert(Queued).values(ready_at=NOW + HOUR, touch_id=TOUCH))
        (waiting,) = written_due_by(connection, due_by=NOW)
    assert waiting == Overdue(
        touch_id=TOUCH,
        enrolment_id=ENROLMENT,
        customer_id=PERSON,
        cadence="welcome",
        channel="sms",
        due_at=NOW - HOUR,
        not_after=NOW + DAY,
        reason="rate",
    )


def test_a_touch_that_moved_is_told_with_whose_it_is(engine: Engine) -> None:
    with engine.begin() as connection:
        _touch(connection)
        (moved,) = move_touches(connection, [TOUCH], "sending")
    assert moved == MovedTouch(
        id=TOUCH, enrolment_id=ENROLMENT, customer_id=PERSON, cadence="welcome"
    )


def test_an_attempt_in_doubt_is_told_with_what_was_sent_and_where(engine: Engine) -> None:
    with engine.begin() as connection:
        _touch(connection, state="needs_review")
        attempt = _attempt_in_doubt(connection)
        (doubt,) = doubts(connection, "sms", settle=HOUR, now=NOW, limit=5)
    assert doubt == Doubt(
        attempt_id=attempt,
        touch_id=TOUCH,
        touch_state="needs_review",
        address="+12025550177",
        text="All well?",
        began_at=NOW - HOUR / 2,
        version_id=VERSION,
        step_key="hello",
        settled=False,
    )


def test_a_channel_is_told_with_all_that_keeps_it_from_sending(engine: Engine) -> None:
    there = ChannelState(
        name="sms",
        open=False,
        reason="the key is refused",
        changed_at=NOW,
        unknown_in_a_row=5,
        rested_at=NOW + HOUR,
        probe_at=NOW + 2 * HOUR,
        held_until=NOW + 3 * HOUR,
    )
    with engine.begin() as connection:
        connection.execute(insert(Channel).values(asdict(there)))
        assert channel_states(connection) == [ChannelState("email", open=True), there]


def test_what_was_agreed_to_is_by_customer_and_channel(engine: Engine) -> None:
    with engine.begin() as connection:
        customer(connection, id=PERSON)
        given = {"customer_id": PERSON, "source": "a form", "at": NOW - DAY, "recorded_at": NOW}
        connection.execute(
            insert(Consent),
            [
                {**given, "channel": "email", "granted": False, "expires_at": NOW + DAY},
                {**given, "channel": "sms", "granted": True, "expires_at": NOW - HOUR},
            ],
        )
        expired = Agreed(Reason.CONSENT_EXPIRED, Reason.CONSENT_EXPIRED)
        found = {(PERSON, "email"): NEVER_ASKED, (PERSON, "sms"): expired}
        assert consents(connection, [PERSON], now=NOW) == found


def test_an_address_left_alone_is_told_with_its_channel(engine: Engine) -> None:
    with engine.begin() as connection:
        suppress(
            connection,
            address_hash="a" * 64,
            channel="sms",
            reason="opt_out",
            source="STOP",
            at=NOW,
        )
        assert suppressed(connection, ["a" * 64, "sms"]) == {("a" * 64, "sms"): "all"}


def _touch(connection: Connection, **changes: Any) -> None:
    """A text message that was due an hour ago, its cadence and its customer."""
    customer(connection, id=PERSON)
    version = {
        "id": VERSION,
        "name": "welcome",
        "sha256": "0" * 64,
        "source": "",
        "created_at": NOW,
    }
    connection.execute(insert(CadenceVersion).values(version))
    connection.execute(
        insert(Enrolment).values(
            id=ENROLMENT,
            customer_id=PERSON,
            cadence="welcome",
            version_id=VERSION,
            trigger="customer.added",
            state="active",
            started_at=NOW,
            started_on=NOW.date(),
        )
    )
    touch = {
        "id": TOUCH,
        "customer_id": PERSON,
        "enrolment_id": ENROLMENT,
        "cadence": "welcome",
        "step_key": "hello",
        "occurrence": "2026-11-20/1",
        "channel": "sms",
        "purpose": "service",
        "state": "planned",
        "due_at": NOW - HOUR,
        "not_after": NOW + DAY,
        "wall_time": "2026-11-20T09:00",
        "zone": "America/New_York",
        "created_at": NOW - DAY,
    }
    connection.execute(insert(Touch).values(touch | changes))


def _attempt_in_doubt(connection: Connection) -> str:
    """A request of half an hour ago that nothing answered."""
    attempt = new_attempt_id()
    connection.execute(
        insert(Attempt).values(
            id=attempt,
            touch_id=TOUCH,
            customer_id=PERSON,
            channel="sms",
            local_date=NOW.date(),
            state="unknown",
            fence=1,
            lease_until=NOW,
            template="hello/en@1f3a",
            body_hash="0" * 64,
            started_at=NOW - HOUR / 2,
        )
    )
    connection.execute(
        insert(Message).values(
            attempt_id=attempt, address="+12025550177", subject="", text="All well?"
        )
    )
    return attempt
