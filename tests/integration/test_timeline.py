"""One customer's story: everything that happened, in order, and what is next."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Engine, insert, update

from contacts.channels.outgoing import Answer, Receipt
from contacts.record.customers.lookup import UnknownCustomer, find_customer
from contacts.record.engine import reading, writing
from contacts.record.phrases import NoteKind
from contacts.record.tables import Contract, Event, Order, Touch
from contacts.record.timeline import Entry, timeline, upcoming
from contacts.record.touches.going_on import stop_enrolments
from contacts.record.work.notes import Note, record_note
from contacts.settings import Settings
from tests.cast import NOW, ada, agrees, bob, cleo, customer, olive
from tests.world import world

STEPS = """\
  - {key: hello, channel: email, template: hello, day: 0}
  - {key: ping, channel: sms, template: ping, day: 1}
  - {key: talk, channel: call, template: welcome, day: 3, wait: true}
"""
A_DAY = timedelta(days=1)


def past(engine: Engine, customer_id: int, *, now: datetime = NOW + 30 * A_DAY) -> list[Entry]:
    with reading(engine) as connection:
        return timeline(connection, customer_id, now=now)


def ahead(
    engine: Engine, customer_id: int, *, settings: Settings, now: datetime = NOW
) -> list[Entry]:
    with reading(engine) as connection:
        return upcoming(connection, customer_id, settings=settings, now=now)


def kinds(entries: list[Entry]) -> list[str]:
    return [entry.kind for entry in entries]


async def test_a_message_is_told_from_plan_to_answer(engine: Engine, settings: Settings) -> None:
    with writing(engine) as connection:
        ada_id = ada(connection, owner_id=olive(connection))
    here = world(engine, settings, STEPS)
    here.plan(NOW)
    (planned,) = ahead(engine, ada_id, settings=settings)
    assert (planned.kind, planned.title) == ("planned", "E-mail 'hello'")
    assert planned.cadence == "sample"
    await here.send(NOW)
    with writing(engine) as connection:
        told(connection, ada_id, "delivered", "email", NOW + timedelta(minutes=1))
        told(connection, ada_id, "replied", "email", NOW + timedelta(hours=1), "Lovely, thanks!")
    story = past(engine, ada_id)
    assert kinds(story)[-4:] == ["enrolled", "sent", "delivered", "replied"]
    sent = story[-3]
    assert sent.detail == "Hello Ada"
    assert sent.attempt_id == here.email.got[0].attempt_id
    assert story[-1].detail == "Lovely, thanks!"
    assert sent.touch_id == planned.touch_id
    assert [entry.at for entry in story] == sorted(entry.at for entry in story)


async def test_refusals_doubts_and_skips_say_why(engine: Engine, settings: Settings) -> None:
    with writing(engine) as connection:
        bob_id = bob(connection)  # agreed to no SMS
    here = world(engine, settings, STEPS)
    here.email.answers = [Receipt(Answer.UNKNOWN, code="timeout")]
    await here.tick(NOW)
    assert kinds(past(engine, bob_id))[-1] == "in doubt"
    (doubt,) = ahead(engine, bob_id, settings=settings)
    assert doubt.kind == "wait"
    with writing(engine) as connection:
        connection.execute(update(Touch).values(state="needs_review", reason="in_doubt"))
    (decision,) = ahead(engine, bob_id, settings=settings)
    assert (decision.kind, decision.reason) == ("decide", "in_doubt")


async def test_a_skipped_touch_has_its_reason_in_words(engine: Engine, settings: Settings) -> None:
    with writing(engine) as connection:
        ada_id = customer(connection, first_name="Ada", phone="+12025550111")
    here = world(engine, settings, STEPS)
    await here.tick(NOW)
    skipped = next(entry for entry in past(engine, ada_id) if entry.kind == "skipped")
    assert (skipped.reason, skipped.detail) == ("no_address", "no address for this channel")


async def test_a_step_that_will_be_skipped_is_ahead_until_its_day(
    engine: Engine, settings: Settings
) -> None:
    with writing(engine) as connection:
        ada_id = customer(connection, first_name="Ada", email="ada@example.com")  # no phone
    steps = """\
  - {key: ping, channel: sms, template: ping, day: 2}
  - {key: later, channel: email, template: hello, day: 5}
"""
    world(engine, settings, steps).plan(NOW)
    assert kinds(ahead(engine, ada_id, settings=settings, now=NOW)) == ["planned", "skipped"]
    assert "skipped" not in kinds(past(engine, ada_id, now=NOW))
    assert kinds(ahead(engine, ada_id, settings=settings, now=NOW + 3 * A_DAY)) == ["planned"]
    assert kinds(past(engine, ada_id, now=NOW + 3 * A_DAY))[-1] == "skipped"


async def test_what_a_person_did_is_told_once(engine: Engine, settings: Settings) -> None:
    with writing(engine) as connection:
        ada_id = ada(connection, owner_id=olive(connection))
    here = world(engine, settings, "  - {key: talk, channel: call, template: welcome, day: 0}")
    await here.tick(NOW)
    with writing(engine) as connection:
        said = Note(ada_id, NoteKind.CALL, "Spoke about tea. " * 40, NOW + A_DAY)
        record_note(connection, said, now=NOW + A_DAY)
    story = past(engine, ada_id)
    assert [one.kind for one in story if "Spoke" in one.detail] == ["call"]
    assert kinds(story)[-2:] == ["call", "done"]


async def test_of_one_instant_the_cause_is_told_before_what_came_of_it(
    engine: Engine, settings: Settings
) -> None:
    with writing(engine) as connection:
        ada_id = ada(connection, created_at=NOW)
        agrees(connection, ada_id, "sms", at=NOW)
    here = world(engine, settings, STEPS, stop="{on: [reply]}")
    here.plan(NOW)
    with writing(engine) as connection:
        told(connection, ada_id, "replied", "email", NOW + A_DAY, "Please call me")
        stop_enrolments(connection, ada_id, event="reply", now=NOW + A_DAY)
    story = kinds(past(engine, ada_id))
    assert story.index("added") < story.index("enrolled")
    assert story[-3:] in (["replied", "stopped", "skipped"], ["skipped", "replied", "stopped"])
    assert story.index("replied") < story.index("stopped")


def test_only_what_was_agreed_to_can_be_withdrawn(engine: Engine) -> None:
    with writing(engine) as connection:
        cleo_id = cleo(connection)
        agrees(connection, cleo_id, "sms", at=NOW, granted=False)
    consents = [one for one in past(engine, cleo_id) if one.channel in ("email", "sms")]
    assert [(one.kind, one.title) for one in consents] == [
        ("consent", "Agreed to e-mail"),
        ("withdrawn", "No longer agrees to e-mail"),
        ("declined", "No consent to SMS"),
    ]


@pytest.mark.parametrize("detail", ["delivered", "250 OK"])
def test_a_detail_that_says_nothing_new_is_left_out(engine: Engine, detail: str) -> None:
    with writing(engine) as connection:
        ada_id = ada(connection)
        told(connection, ada_id, "delivered", "sms", NOW, detail, provider="twilio")
    assert past(engine, ada_id)[-1].detail == ""


@pytest.mark.parametrize(
    ("mark", "words"),
    [
        ("unsubscribe:14:email:2026-11-20T09:00:00+00:00", "form"),
        ("preferences:14:sms:2026-11-20T09:00:00+00:00, by the link of a message to it",
         "form (by the link of a message to it)"),
        ("twilio:SM1", "form (told by Twilio)"),
        ("sendgrid:abc", "form (told by SendGrid)"),
        ("attempt:0193", "form (as it refused a message of ours)"),
        ("attempt 0193, confirm/en@1f", "form"),
        ("touchline consent", "form"),
        ("customers.csv:57", "form (customers.csv, line 57)"),
        ("signed on paper, folder 3", "form (signed on paper, folder 3)"),
        ("", "form"),
    ],
)  # fmt: skip
def test_where_a_word_is_written_is_told_in_words(
    sqlite_engine: Engine, mark: str, words: str
) -> None:
    with writing(sqlite_engine) as connection:
        her = customer(connection)
        agrees(connection, her, "email", at=NOW, source="form", evidence=mark)
    assert past(sqlite_engine, her)[-1].detail == words


def test_a_stop_that_the_provider_told_of_is_said_without_its_code(sqlite_engine: Engine) -> None:
    with writing(sqlite_engine) as connection:
        her, mark = ada(connection), "attempt:0193"
        agrees(
            connection, her, "sms", at=NOW, granted=False,
            source="SMS provider: 21610", evidence=mark,
        )  # fmt: skip
    assert past(sqlite_engine, her)[-1].detail == ("SMS provider (as it refused a message of ours)")


async def test_a_step_is_told_in_words(sqlite_engine: Engine, settings: Settings) -> None:
    with writing(sqlite_engine) as connection:
        her = ada(connection)
    here = world(sqlite_engine, settings, STEPS.replace("hello,", "who-to-ask,", 1))
    here.plan(NOW)
    (planned,) = ahead(sqlite_engine, her, settings=settings)
    assert planned.title == "E-mail 'who to ask'"


async def test_a_task_is_told_when_opened_and_when_done(engine: Engine, settings: Settings) -> None:
    with writing(engine) as connection:
        ada_id = ada(connection, owner_id=olive(connection))
    here = world(engine, settings, "  - {key: talk, channel: call, template: welcome, day: 0}")
    await here.tick(NOW)
    todo = next(
        entry for entry in ahead(engine, ada_id, settings=settings) if entry.kind == "to do"
    )
    assert (todo.title, todo.detail) == ("Olive Owner: Call Ada", "Say hello.")
    assert todo.task_id == here.tasks()[0].id
    assert todo.touch_id == here.tasks()[0].touch_id
    assert kinds(past(engine, ada_id))[-1] == "task"


async def test_a_stopped_cadence_says_why(engine: Engine, settings: Settings) -> None:
    with writing(engine) as connection:
        ada_id = ada(connection)
    here = world(engine, settings, STEPS, stop="{on: [reply]}")
    here.plan(NOW)
    with writing(engine) as connection:
        stop_enrolments(connection, ada_id, event="reply", now=NOW + A_DAY)
    stopped = [entry for entry in past(engine, ada_id) if entry.kind in ("stopped", "skipped")]
    assert {entry.kind for entry in stopped} == {"stopped", "skipped"}
    assert next(one for one in stopped if one.kind == "stopped").detail == "the customer answered"
    assert ahead(engine, ada_id, settings=settings) == []


def test_consents_orders_contracts_and_notes_are_told(engine: Engine) -> None:
    with writing(engine) as connection:
        bob_id = bob(connection)
        order = {
            "order_id": "A-1", "customer_id": bob_id, "ordered_at": NOW - A_DAY,
            "amount": Decimal("20.50"), "currency": "EUR", "items": "2 tea",
        }  # fmt: skip
        connection.execute(insert(Order).values(order))
        contract = {
            "contract_id": "C-1", "customer_id": bob_id, "starts_on": date(2026, 11, 1),
            "ends_on": date(2027, 10, 31), "value": Decimal(1200), "currency": "EUR",
            "kind": "support",
        }  # fmt: skip
        connection.execute(insert(Contract).values(contract))
        told(connection, bob_id, "call", "", NOW, "Spoke about tea", provider="person")
    story = {entry.kind: entry for entry in past(engine, bob_id)}
    assert story["order"].title == "Order A-1: 20.50 EUR"
    assert story["contract"].at == datetime(2026, 11, 1, 4, tzinfo=UTC)  # midnight in New York
    assert story["contract"].detail == "support until Sun 31 Oct 2027"
    assert (story["call"].title, story["call"].detail) == ("Called", "Spoke about tea")
    assert story["consent"].title == "Agreed to e-mail"


def test_a_waiver_is_ahead_with_its_reason(engine: Engine, settings: Settings) -> None:
    with writing(engine) as connection:
        bob_id = bob(connection, waived_until=date(2026, 12, 24), waiver="on parental leave")
    (waived,) = ahead(engine, bob_id, settings=settings)
    assert (waived.kind, waived.detail) == ("waived", "on parental leave")
    assert kinds(ahead(engine, bob_id, settings=settings, now=NOW + 34 * A_DAY)) == ["waived"]
    assert ahead(engine, bob_id, settings=settings, now=NOW + 35 * A_DAY) == []


def test_a_zone_that_this_machine_does_not_know_hides_nothing(
    engine: Engine, settings: Settings
) -> None:
    with writing(engine) as connection:
        bob_id = bob(connection, waived_until=date(2026, 12, 24), timezone="Mars/Olympus")
    assert kinds(ahead(engine, bob_id, settings=settings)) == ["waived"]


def test_a_customer_is_found_by_id_and_by_address_in_any_case(engine: Engine) -> None:
    with writing(engine) as connection:
        ada_id = ada(connection)
        for key in (str(ada_id), f" {ada_id} ", "ada@example.com", "ADA@Example.COM"):
            assert find_customer(connection, key).id == ada_id


@pytest.mark.parametrize(
    ("key", "word"),
    [
        ("0", "no customer has the id 0"),
        ("9" * 30, "no customer has the id"),
        ("ada", "neither"),
        ("", "neither"),
        ("ida@example.com", "no customer"),
        ("adda@example.com", "did you mean ada@example.com"),
        ("\u0661", "neither"),
        ("@", "no customer"),
    ],
)
def test_an_unknown_customer_is_named_and_the_near_ones_too(
    engine: Engine, key: str, word: str
) -> None:
    with writing(engine) as connection:
        ada(connection)
        with pytest.raises(UnknownCustomer, match=word):
            find_customer(connection, key)


def told(
    connection: Any,
    customer_id: int,
    kind: str,
    channel: str,
    at: datetime,
    detail: str = "",
    provider: str = "sendgrid",
) -> None:
    row = {
        "provider": provider, "event_id": f"{kind}-{at}", "kind": kind, "channel": channel,
        "customer_id": customer_id, "occurred_at": at, "received_at": at, "detail": detail,
    }  # fmt: skip
    connection.execute(insert(Event).values(row))
