"""A brief tells the last words on both sides and the latest orders, each on its customer's day."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, insert, select, update

from contacts.cadences.dialogue import NOTHING_LATELY, Dialogue, RecentOrder
from contacts.cadences.facts import CustomerFacts
from contacts.cadences.outcomes import Outcome
from contacts.messages.templates import templates_of
from contacts.record.customers.lately import LONGEST, lately
from contacts.record.engine import reading, writing
from contacts.record.phrases import NoteKind
from contacts.record.tables import Event, Order, Task
from contacts.record.upkeep.retention import remove_old
from contacts.record.work.notes import Note, record_note
from contacts.settings import Settings
from tests.cast import NOW, ada, bob
from tests.sent import sent
from tests.world import world

A_DAY = timedelta(days=1)
NEW_YORK = "America/New_York"


def told(engine: Engine, *customers: int) -> dict[int, Any]:
    with reading(engine) as connection:
        return lately(
            connection, [CustomerFacts(one, timezone=NEW_YORK) for one in customers], now=NOW
        )


def replied(connection: Connection, customer_id: int, words: str, *, days: float) -> None:
    at = NOW - days * A_DAY
    said = {"provider": "sendgrid", "event_id": f"{customer_id}/{days}", "kind": "replied",
            "channel": "email", "customer_id": customer_id, "occurred_at": at, "received_at": at,
            "detail": words}  # fmt: skip
    connection.execute(insert(Event).values(said))


def ordered(connection: Connection, customer_id: int, amount: str, *, days: float) -> None:
    order = {"order_id": f"{customer_id}/{days}", "ordered_at": NOW - days * A_DAY,
             "amount": Decimal(amount), "currency": "EUR", "items": "2 kettles"}  # fmt: skip
    connection.execute(insert(Order).values(**order, customer_id=customer_id))


def written(connection: Connection, customer_id: int, *, days: int, **words: Any) -> None:
    sent(connection, customer_id, at=NOW - days * A_DAY, step=f"s{days}", **words)


def test_the_last_words_of_each_are_told_and_nobody_elses(engine: Engine) -> None:
    with writing(engine) as connection:
        ada_id, bob_id = ada(connection), bob(connection)
        replied(connection, ada_id, "Long ago", days=9)
        replied(connection, ada_id, "All fine.\n\nThank you!", days=2.5)  # 22:00 the day before
        replied(connection, bob_id, "From Bob", days=1)
        written(connection, ada_id, days=5, words={"subject": "Your kettle"})
        written(connection, ada_id, days=8, words={"subject": "Older"})
        written(connection, ada_id, days=1, channel="sms", state="rejected")
        for kind, text, days in ((NoteKind.CALL, "", 4), (NoteKind.BENEFIT, "A discount", 1)):
            result = Outcome.NO_ANSWER if kind is NoteKind.CALL else None
            note = Note(ada_id, kind, text, NOW - days * A_DAY, result=result)
            record_note(connection, note, now=NOW)
    known = told(engine, ada_id, bob_id)
    assert known[ada_id].dialogue == Dialogue(
        reply="All fine. Thank you!",
        reply_on=date(2026, 11, 17),
        message="Your kettle",
        message_on=date(2026, 11, 15),
        message_by="email",
        note="Called (no answer)",
        note_on=date(2026, 11, 16),
    )
    assert known[bob_id].dialogue == Dialogue(reply="From Bob", reply_on=date(2026, 11, 19))


def test_the_latest_five_orders_are_told_without_returns(engine: Engine) -> None:
    with writing(engine) as connection:
        ada_id = ada(connection)
        for days in range(1, 8):
            ordered(connection, ada_id, f"{days}0", days=days)
        ordered(connection, ada_id, "-5", days=0.5)
        ordered(connection, ada_id, "99", days=-1)  # dated ahead
    orders = told(engine, ada_id)[ada_id].recent_orders
    assert [one.amount for one in orders] == [10, 20, 30, 40, 50]
    assert orders[0] == RecentOrder(date(2026, 11, 19), Decimal(10), "EUR", "2 kettles")


def test_long_words_are_cut_and_nothing_is_told_of_who_said_nothing(sqlite_engine: Engine) -> None:
    with writing(sqlite_engine) as connection:
        ada_id, bob_id = ada(connection), bob(connection)
        replied(connection, ada_id, "tea " * 1000, days=1)
    known = told(sqlite_engine, ada_id, bob_id)
    assert len(known[ada_id].dialogue.reply) <= LONGEST
    assert known[bob_id] == NOTHING_LATELY


async def test_the_brief_of_a_task_quotes_them_and_loses_them_when_they_are_old(
    sqlite_engine: Engine, settings: Settings
) -> None:
    with writing(sqlite_engine) as connection:
        ada_id = ada(connection)
        replied(connection, ada_id, "Is there decaf?", days=1)
        ordered(connection, ada_id, "12.50", days=3)
    step = "  - {key: talk, channel: call, template: check_in_call, day: 0, wait: true}\n"
    here = world(sqlite_engine, settings, step)
    await here.tick(NOW)
    (task,) = here.tasks()
    assert '2026: "Is there decaf?"' in task.brief
    assert "€12.50, 2 kettles" in task.brief
    later = NOW + settings.body_retention_days * A_DAY + A_DAY
    remove_old(sqlite_engine, settings=settings, now=later)
    assert here.tasks()[0].brief == task.brief  # somebody has yet to call
    with writing(sqlite_engine) as connection:
        connection.execute(update(Task).values(state="done", closed_at=later))
    remove_old(sqlite_engine, settings=settings, now=later)
    assert here.tasks()[0].brief == ""


def test_what_came_of_a_call_outlives_the_raw_events_of_providers(
    sqlite_engine: Engine, settings: Settings
) -> None:
    with writing(sqlite_engine) as connection:
        note = Note(ada(connection), NoteKind.CALL, "", NOW, result=Outcome.HAS_PROBLEM)
        record_note(connection, note, now=NOW)
    remove_old(sqlite_engine, settings=settings, now=NOW + 300 * A_DAY)
    with reading(sqlite_engine) as connection:
        assert connection.execute(select(Event.payload)).scalar_one()["result"] == "has_problem"


@pytest.mark.parametrize("kind", ["sms", "email"])
def test_a_message_to_the_customer_cannot_quote_what_was_noted(
    settings: Settings, kind: str
) -> None:
    folder = settings.workspace / "templates" / kind / "hi"
    folder.mkdir(parents=True)
    (folder / "subject.txt").write_text("Hi", encoding="utf-8")
    for name in ("body.txt", "body.html"):
        (folder / name).write_text("Hi {{ dialogue.note }}", encoding="utf-8")
    found = templates_of(settings).faults(kind, "hi")
    assert {one.message.split(";")[0] for one in found} == {"dialogue.note is not known"}
