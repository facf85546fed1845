"""What customers say is heard: STOP stops, START undoes a STOP, a reply reaches the owner."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select, update

from contacts.channels.incoming import EventKind, IncomingEvent
from contacts.listening.apply import apply_events
from contacts.listening.unsubscribe import unsubscribe
from contacts.record.consent.sms_answers import SmsAnswer
from contacts.record.consent.suppression import suppress, suppressed
from contacts.record.customers.address_keys import address_hash
from contacts.record.engine import writing
from contacts.record.tables import Consent, Customer, Enrolment, Event, Queued, Task
from contacts.record.timeline import timeline
from contacts.settings import Settings
from tests.cast import NOW, SIGNING_KEY, ada, agrees, customer, olive
from tests.sent import enrolled, planned, sent, state_of

HOUR = timedelta(hours=1)
LATER = NOW + timedelta(minutes=5)
ADAS_PHONE = "+12025550111"


def hear(
    engine: Engine, settings: Settings, kind: EventKind, *, number: int = 1, **changes: Any
) -> None:
    """One SMS from Ada's phone, unless `changes` says otherwise."""
    values = {
        "provider": "twilio",
        "event_id": f"SM{number}",
        "channel": "sms",
        "occurred_at": NOW + timedelta(seconds=number),
        "address": ADAS_PHONE,
        **changes,
    }
    with writing(engine) as connection:
        apply_events(connection, [IncomingEvent(kind=kind, **values)], settings=settings, now=LATER)


def scope_of(engine: Engine, address: str, channel: str) -> str | None:
    hashed = address_hash(SIGNING_KEY, address)
    with engine.connect() as connection:
        return suppressed(connection, [hashed]).get((hashed, channel))


def is_suppressed(engine: Engine, address: str, channel: str) -> bool:
    return scope_of(engine, address, channel) is not None


def rows(engine: Engine, table: Any) -> list[Any]:
    with engine.connect() as connection:
        return list(connection.execute(select(table).order_by(table.id)))


def test_stop_suppresses_the_number_and_lets_what_goes_by_mail_go_on(
    engine: Engine, settings: Settings
) -> None:
    with writing(engine) as connection:
        ada_id = ada(connection)
        first, second = enrolled(connection, ada_id), enrolled(connection, ada_id, name="nurture")
        waiting = planned(connection, ada_id, first)
    hear(engine, settings, EventKind.OPTED_OUT, detail="STOP")
    assert is_suppressed(engine, ADAS_PHONE, "sms")
    assert not is_suppressed(engine, "ada@example.com", "email")
    states = {row.id: (row.state, row.reason) for row in rows(engine, Enrolment)}
    assert states == {first: ("active", None), second: ("active", None)}
    assert state_of(engine, waiting) == "planned"
    with engine.connect() as connection:
        assert connection.execute(select(Queued.touch_id)).scalars().all() == [waiting]


def test_stop_is_proven_by_a_row_of_consent(engine: Engine, settings: Settings) -> None:
    with writing(engine) as connection:
        ada(connection)
    hear(engine, settings, EventKind.OPTED_OUT, detail="STOP")
    last = rows(engine, Consent)[-1]
    assert (last.channel, last.granted, last.source) == ("sms", False, "SMS reply")
    assert last.evidence == "twilio:SM1"


def test_stop_from_a_shared_phone_holds_for_everybody_on_it(
    engine: Engine, settings: Settings
) -> None:
    with writing(engine) as connection:
        both = [customer(connection, phone=ADAS_PHONE) for _ in range(2)]  # and no e-mail
        for one in both:
            enrolled(connection, one)
    hear(engine, settings, EventKind.OPTED_OUT, detail="STOP")
    assert [row.customer_id for row in rows(engine, Consent) if not row.granted] == both[::-1]
    assert {row.state for row in rows(engine, Enrolment)} == {"stopped"}


def test_stop_from_a_number_that_is_not_in_the_book_is_kept_for_later(
    engine: Engine, settings: Settings
) -> None:
    hear(engine, settings, EventKind.OPTED_OUT, address="+12025550199")
    assert is_suppressed(engine, "+12025550199", "sms")
    assert rows(engine, Event)[0].customer_id is None


def test_start_lifts_an_opt_out_made_by_sms(engine: Engine, settings: Settings) -> None:
    with writing(engine) as connection:
        ada(connection)
    hear(engine, settings, EventKind.OPTED_OUT, detail="STOP")
    hear(engine, settings, EventKind.OPTED_IN, number=2, detail="START")
    assert not is_suppressed(engine, ADAS_PHONE, "sms")
    assert rows(engine, Consent)[-1].granted
    assert rows(engine, Task) == []


def test_c13_a_start_that_is_taken_in_late_does_not_lift_a_later_stop(
    engine: Engine, settings: Settings
) -> None:
    with writing(engine) as connection:
        ada(connection)
    hear(engine, settings, EventKind.OPTED_OUT, detail="STOP", occurred_at=NOW - 3 * HOUR)
    hear(engine, settings, EventKind.OPTED_OUT, number=3, detail="STOP", occurred_at=NOW - HOUR)
    before = len(rows(engine, Consent))
    started = NOW - 2 * HOUR
    hear(engine, settings, EventKind.OPTED_IN, number=2, detail="START", occurred_at=started)
    assert is_suppressed(engine, ADAS_PHONE, "sms")
    assert len(rows(engine, Consent)) == before


def test_c13_a_stop_that_is_taken_in_late_does_not_undo_a_later_start(
    engine: Engine, settings: Settings
) -> None:
    with writing(engine) as connection:
        ada(connection)
    hear(engine, settings, EventKind.OPTED_OUT, detail="STOP", occurred_at=NOW - 3 * HOUR)
    hear(engine, settings, EventKind.OPTED_IN, number=2, detail="START", occurred_at=NOW - HOUR)
    stopped = NOW - 2 * HOUR
    hear(engine, settings, EventKind.OPTED_OUT, number=3, detail="STOP", occurred_at=stopped)
    assert not is_suppressed(engine, ADAS_PHONE, "sms")
    hear(engine, settings, EventKind.OPTED_OUT, number=4, detail="STOP", occurred_at=NOW)
    assert is_suppressed(engine, ADAS_PHONE, "sms")


Held = tuple[str, str, str, datetime | None]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ([], set()),
        ([{"kind": "implied", "expires_at": NOW - HOUR}], set()),
        ([{"granted": False}], set()),
        (
            [{"kind": "implied", "expires_at": NOW + 9 * HOUR, "wording": "order 7"}],
            {("", "implied", "order 7", NOW + 9 * HOUR)},
        ),
        ([{"wording": "form 3"}], {("", "express", "form 3", None)}),
        (
            [{"wording": "form 3"}, {"granted": False, "purpose": "marketing"}],
            {("service", "express", "form 3", None)},
        ),
        (
            [{"purpose": "service"}, {"purpose": "marketing", "wording": "form 4"}],
            {("service", "express", "", None), ("marketing", "express", "form 4", None)},
        ),
    ],
)
def test_c13_c23_start_gives_back_what_held_before_the_stop_and_no_more(
    sqlite_engine: Engine, settings: Settings, before: list[dict[str, Any]], after: set[Held]
) -> None:
    with writing(sqlite_engine) as connection:
        theirs = customer(connection, phone=ADAS_PHONE)
        for place, given in enumerate(before):
            agrees(connection, theirs, "sms", at=NOW - HOUR + timedelta(minutes=place), **given)
    for number in (1, 2):
        hear(sqlite_engine, settings, EventKind.OPTED_OUT, number=number, detail="STOP")
    hear(sqlite_engine, settings, EventKind.OPTED_IN, number=3, detail="START")
    assert not is_suppressed(sqlite_engine, ADAS_PHONE, "sms")
    anew = rows(sqlite_engine, Consent)[len(before) + 2 :]
    assert {(row.purpose, row.kind, row.wording, row.expires_at) for row in anew} == after
    assert {(row.granted, row.source, row.evidence) for row in anew} <= {
        (True, "SMS reply", "twilio:SM3")
    }


def test_c13_a_yes_that_was_given_after_the_stop_is_not_replaced_by_an_older_one(
    sqlite_engine: Engine, settings: Settings
) -> None:
    with writing(sqlite_engine) as connection:
        ada_id = ada(connection)
    hear(sqlite_engine, settings, EventKind.OPTED_OUT, detail="STOP")
    with writing(sqlite_engine) as connection:
        at = NOW + timedelta(seconds=2)
        agrees(connection, ada_id, "sms", at=at, purpose="marketing", wording="form 5")
    hear(sqlite_engine, settings, EventKind.OPTED_IN, number=3, detail="START")
    last = rows(sqlite_engine, Consent)[-1]
    assert (last.purpose, last.wording, last.evidence) == ("service", "", "twilio:SM3")


def test_start_does_not_lift_an_opt_out_made_by_the_link(
    engine: Engine, settings: Settings
) -> None:
    with writing(engine) as connection:
        unsubscribe(connection, ada(connection), "sms", settings=settings, now=NOW)
    hear(engine, settings, EventKind.OPTED_IN, detail="START")
    assert is_suppressed(engine, ADAS_PHONE, "sms")
    assert not rows(engine, Consent)[-1].granted


def test_start_does_not_revive_a_number_that_is_no_number(
    engine: Engine, settings: Settings
) -> None:
    with writing(engine) as connection:
        ada(connection)
        suppress(
            connection,
            address_hash=address_hash(SIGNING_KEY, ADAS_PHONE),
            channel="sms",
            reason="invalid",
            source="SMS provider: 21211",
            at=NOW,
        )
    hear(engine, settings, EventKind.OPTED_IN, detail="START")
    assert is_suppressed(engine, ADAS_PHONE, "sms")


def test_sendgrids_unsubscribe_stops_marketing_and_a_reply_that_says_stop_stops_all_mail(
    engine: Engine, settings: Settings
) -> None:
    with writing(engine) as connection:
        ada(connection)
    by_mail = {"provider": "sendgrid", "channel": "email", "address": "ada@example.com"}
    hear(engine, settings, EventKind.OPTED_OUT, marketing_only=True, **by_mail)
    assert scope_of(engine, "ada@example.com", "email") == "marketing"
    hear(engine, settings, EventKind.OPTED_OUT, number=2, detail="stop", **by_mail)
    assert scope_of(engine, "ada@example.com", "email") == "all"
    hear(engine, settings, EventKind.OPTED_OUT, number=3, marketing_only=True, **by_mail)
    assert scope_of(engine, "ada@example.com", "email") == "all"
    assert [row.purpose for row in rows(engine, Consent)][-3:] == ["marketing", "", "marketing"]


def test_c10_one_setting_makes_a_stop_hold_for_all_channels(
    engine: Engine, settings: Settings
) -> None:
    everywhere = settings.model_copy(update={"stop_means_all_channels": True})
    with writing(engine) as connection:
        enrolled(connection, ada(connection))
    hear(engine, everywhere, EventKind.OPTED_OUT, detail="STOP")
    assert scope_of(engine, ADAS_PHONE, "sms") == "all"
    assert scope_of(engine, "ada@example.com", "email") == "all"
    said = {(row.channel, row.source, row.evidence) for row in rows(engine, Consent)[-2:]}
    told = "SMS reply, for all channels"
    assert said == {("sms", told, "twilio:SM1"), ("email", told, "twilio:SM1")}
    assert rows(engine, Enrolment)[0].reason == "opted_out"
    hear(engine, everywhere, EventKind.OPTED_IN, number=2, detail="START")
    assert not is_suppressed(engine, ADAS_PHONE, "sms")
    assert is_suppressed(engine, "ada@example.com", "email")  # START is a word about SMS


def test_c10_the_setting_says_nothing_of_the_link_of_an_sms(
    sqlite_engine: Engine, settings: Settings
) -> None:
    everywhere = settings.model_copy(update={"stop_means_all_channels": True})
    with writing(sqlite_engine) as connection:
        unsubscribe(connection, ada(connection), "sms", settings=everywhere, now=NOW)
    assert scope_of(sqlite_engine, ADAS_PHONE, "sms") == "all"
    assert not is_suppressed(sqlite_engine, "ada@example.com", "email")


def test_yes_with_nothing_to_lift_is_an_ordinary_reply(engine: Engine, settings: Settings) -> None:
    with writing(engine) as connection:
        ada(connection)
    hear(engine, settings, EventKind.OPTED_IN, detail="YES")
    assert rows(engine, Task)[0].brief == "YES"


def test_twilios_word_that_a_number_opted_out_is_an_opt_out(
    engine: Engine, settings: Settings
) -> None:
    with writing(engine) as connection:
        touch = sent(connection, ada(connection), channel="sms", address=ADAS_PHONE)
    hear(engine, settings, EventKind.OPTED_OUT, attempt_id=touch.attempt_id, detail="failed 21610")
    assert is_suppressed(engine, ADAS_PHONE, "sms")
    assert state_of(engine, touch.touch_id) == "undelivered"


def test_a_number_that_cannot_get_sms_is_not_tried_again(
    engine: Engine, settings: Settings
) -> None:
    with writing(engine) as connection:
        touch = sent(connection, ada(connection), channel="sms", address=ADAS_PHONE)
    hear(engine, settings, EventKind.BOUNCED, attempt_id=touch.attempt_id, detail="failed 30006")
    assert is_suppressed(engine, ADAS_PHONE, "sms")


def test_a_reply_stops_the_cadence_and_becomes_the_owners_task(
    engine: Engine, settings: Settings
) -> None:
    with writing(engine) as connection:
        owner = olive(connection)
        ada_id = ada(connection, owner_id=owner)
        touch = sent(connection, ada_id)
    hear(
        engine,
        settings,
        EventKind.REPLIED,
        provider="sendgrid",
        channel="email",
        address="ada.at.home@example.net",
        attempt_id=touch.attempt_id,
        detail="Could you call me on Monday?",
    )
    task = rows(engine, Task)[0]
    assert (task.owner_id, task.kind, task.state) == (owner, "reply", "open")
    assert task.title == "Answer Ada Archer, who replied by e-mail"
    assert task.brief == "Could you call me on Monday?"
    assert rows(engine, Enrolment)[0].reason == "replied"
    assert rows(engine, Customer)[0].last_contact_at == NOW + timedelta(seconds=1)


def test_a_reply_without_our_mark_is_matched_by_its_sender(
    engine: Engine, settings: Settings
) -> None:
    with writing(engine) as connection:
        bob_id = customer(connection, email="Bob@example.com")
    changes = {"provider": "sendgrid", "channel": "email", "address": "BOB@example.com"}
    hear(engine, settings, EventKind.REPLIED, detail="Thanks!", **changes)
    assert rows(engine, Event)[0].customer_id == bob_id


def test_an_sms_is_matched_to_whom_we_wrote_to_last_on_that_number(
    engine: Engine, settings: Settings
) -> None:
    with writing(engine) as connection:
        ada_id = ada(connection)
        customer(connection, email="ann@example.com", phone=ADAS_PHONE)
        sent(connection, ada_id, channel="sms", address=ADAS_PHONE)
    hear(engine, settings, EventKind.REPLIED, detail="Thanks!")
    assert rows(engine, Event)[0].customer_id == ada_id


def test_c09_a_reply_that_may_mean_stop_waits_for_a_person(
    engine: Engine, settings: Settings
) -> None:
    with writing(engine) as connection:
        ada_id = ada(connection)
        waiting = planned(connection, ada_id, enrolled(connection, ada_id, stop_on="opt_out"))
    words = "Stop by the office tomorrow?"
    hear(engine, settings, EventKind.REPLIED, number=2, detail=words, unclear=True)
    assert not is_suppressed(engine, ADAS_PHONE, "sms")
    assert state_of(engine, waiting) == "planned"
    assert rows(engine, Enrolment)[0].state == "active"
    (task,) = rows(engine, Task)
    assert (task.kind, task.state, task.brief) == ("decide", "open", words)
    assert task.title == "Ada Archer may want us to stop: read this SMS reply and decide"


def test_an_unclear_reply_still_stops_what_stops_on_a_reply(
    engine: Engine, settings: Settings
) -> None:
    with writing(engine) as connection:
        ada_id = ada(connection)
        planned(connection, ada_id, enrolled(connection, ada_id, stop_on="reply"))
    hear(engine, settings, EventKind.REPLIED, detail="Stop?", unclear=True)
    assert rows(engine, Enrolment)[0].reason == "replied"


def test_a_stop_that_names_another_channel_is_read_by_a_person_as_well(
    engine: Engine, settings: Settings
) -> None:
    with writing(engine) as connection:
        ada(connection)
    words = "Stop texting and e-mailing me"
    hear(engine, settings, EventKind.OPTED_OUT, detail=words, unclear=True)
    assert is_suppressed(engine, ADAS_PHONE, "sms")
    assert not is_suppressed(engine, "ada@example.com", "email")
    assert (
        rows(engine, Task)[0].title
        == "Ada Archer stopped SMS and may mean more: read it and decide"
    )


def test_c09_c11_what_is_asked_beside_a_stop_is_the_owners_to_answer_by_another_way(
    engine: Engine, settings: Settings
) -> None:
    settings = settings.model_copy(update={"sms_answers": "touchline"})
    with writing(engine) as connection:
        enrolled(connection, ada(connection), stop_on="reply")
    words = "STOP. When does my order come?"
    hear(engine, settings, EventKind.OPTED_OUT, detail=words, wants_answer=True,
         event_id="SM1", provider_id="SM1")  # fmt: skip
    assert is_suppressed(engine, ADAS_PHONE, "sms")
    (task,) = rows(engine, Task)
    assert (task.kind, task.state, task.brief) == ("reply", "open", words)
    assert task.title == "Ada Archer stopped SMS and asks something: answer, but not by SMS"
    assert rows(engine, Enrolment)[0].reason == "replied"
    assert len(rows(engine, SmsAnswer)) == 1  # the confirmation, and nothing besides


def test_a_stop_that_may_mean_more_and_asks_something_leaves_both_to_the_owner(
    engine: Engine, settings: Settings
) -> None:
    with writing(engine) as connection:
        ada(connection)
    words = "Stop texting and e-mailing me. When does my order come?"
    hear(engine, settings, EventKind.OPTED_OUT, detail=words, unclear=True, wants_answer=True)
    assert is_suppressed(engine, ADAS_PHONE, "sms")
    decide, answer = rows(engine, Task)
    assert (decide.kind, answer.kind) == ("decide", "reply")
    assert decide.brief == answer.brief == words


def test_a_machines_answer_is_on_the_timeline_and_changes_nothing(
    engine: Engine, settings: Settings
) -> None:
    with writing(engine) as connection:
        ada_id = ada(connection)
        waiting = planned(connection, ada_id, enrolled(connection, ada_id, stop_on="reply"))
    hear(engine, settings, EventKind.AUTOMATIC, detail="I am driving")
    assert state_of(engine, waiting) == "planned"
    assert rows(engine, Task) == []
    assert rows(engine, Customer)[0].last_contact_at is None
    with engine.connect() as connection:
        said = timeline(connection, ada_id, now=LATER)
    assert ("Automatic answer by SMS", "I am driving") in [(one.title, one.detail) for one in said]


def test_help_is_handed_to_the_owner_and_is_no_consent(engine: Engine, settings: Settings) -> None:
    with writing(engine) as connection:
        ada_id = ada(connection)
        waiting = planned(connection, ada_id, enrolled(connection, ada_id))
    before = len(rows(engine, Consent))
    hear(engine, settings, EventKind.HELP, detail="HELP")
    assert rows(engine, Task)[0].title == "Ada Archer asks for help by SMS"
    assert state_of(engine, waiting) == "planned"
    assert len(rows(engine, Consent)) == before


def test_the_same_reply_twice_is_one_task(engine: Engine, settings: Settings) -> None:
    with writing(engine) as connection:
        ada(connection)
    for _ in range(2):
        hear(engine, settings, EventKind.REPLIED, detail="Thanks!")
    assert len(rows(engine, Task)) == 1


def test_an_opt_out_by_mail_holds_for_the_address_we_now_write_to(
    engine: Engine, settings: Settings
) -> None:
    with writing(engine) as connection:
        touch = sent(connection, ada(connection))
        connection.execute(update(Customer).values(email="ada.new@example.com"))
    changes = {"provider": "sendgrid", "channel": "email", "address": "ada@example.com"}
    hear(engine, settings, EventKind.OPTED_OUT, attempt_id=touch.attempt_id, **changes)
    assert is_suppressed(engine, "ada@example.com", "email")
    assert is_suppressed(engine, "ada.new@example.com", "email")


def test_an_event_whose_time_lies_ahead_counts_from_when_it_came(
    engine: Engine, settings: Settings
) -> None:
    with writing(engine) as connection:
        ada(connection)
    hear(engine, settings, EventKind.REPLIED, occurred_at=NOW + timedelta(days=400))
    assert rows(engine, Customer)[0].last_contact_at == LATER
    assert rows(engine, Event)[0].occurred_at == LATER


def test_a_repeat_of_an_old_stop_after_start_changes_nothing(
    engine: Engine, settings: Settings
) -> None:
    with writing(engine) as connection:
        ada(connection)
    hear(engine, settings, EventKind.OPTED_OUT, number=1)
    hear(engine, settings, EventKind.OPTED_IN, number=2)
    hear(engine, settings, EventKind.OPTED_OUT, number=1)
    assert not is_suppressed(engine, ADAS_PHONE, "sms")
