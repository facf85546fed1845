"""A pass of look-ups: bounded, fair, and one message answers for one attempt."""

from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine, select, update

from contacts.channels.asking import Found, InDoubt, Listed, Looked, MessageList
from contacts.channels.outbox import Outbox
from contacts.channels.outgoing import Answer, Receipt
from contacts.channels.twilio.lookup import SETTLE
from contacts.delivery.lookups import look_up
from contacts.record.doubt.looks import Look
from contacts.record.engine import reading, writing
from contacts.record.sending.live import note_ways
from contacts.record.tables import Attempt
from contacts.settings import Settings
from tests.cast import NOW, agrees, customer
from tests.world import World, world

PING = "  - {key: ping, channel: sms, template: ping, day: 0}\n"
IN_DOUBT = Receipt(Answer.UNKNOWN, code="timeout")


@dataclass
class List:
    """A provider's list that says the same of every attempt, and keeps who asked."""

    says: Looked
    settle: timedelta = SETTLE
    most: int = 5
    at_once: int = 2
    asked: list[str] = field(default_factory=list)

    async def look_up(self, doubt: InDoubt) -> Looked:
        self.asked.append(doubt.attempt_id)
        return self.says


async def in_doubt(engine: Engine, settings: Settings, people: int, **top: str) -> World:
    """So many customers at one shared number, each with an SMS in doubt."""
    here = world(engine, settings, PING, **top)
    with writing(engine) as connection:
        for number in range(people):
            one = customer(connection, email=f"c{number}@example.com", phone="+12025550111",
                           first_name="Carl")  # fmt: skip
            agrees(connection, one, "sms", at=NOW)
    here.sms.answers = [IN_DOUBT] * 4
    here.plan(NOW)
    await here.send(NOW)
    return here


def outbox(here: World, its_list: MessageList) -> Outbox:
    return Outbox(here.email, here.sms, frozenset(), lists={"sms": its_list})


async def test_a_list_that_does_not_answer_is_left_alone_until_the_next_pass(
    engine: Engine, settings: Settings
) -> None:
    here = await in_doubt(engine, settings, 4)
    silent = List(Looked(Found.NO_ANSWER))
    for minutes in (1, 2):
        await look_up(engine, outbox(here, silent), now=NOW + timedelta(minutes=minutes))
    assert len(silent.asked) == 4
    assert len(set(silent.asked)) == 4  # the second pass asks about those that come next


async def test_a_pass_asks_no_more_than_the_provider_bears(
    engine: Engine, settings: Settings
) -> None:
    here = await in_doubt(engine, settings, 4)
    busy = List(Looked(Found.ABSENT), most=3)
    await look_up(engine, outbox(here, busy), now=NOW + timedelta(minutes=1))
    assert len(busy.asked) == 3


async def test_f13_told_to_stop_no_further_question_is_asked(
    engine: Engine, settings: Settings
) -> None:
    here = await in_doubt(engine, settings, 4)
    busy = List(Looked(Found.ABSENT))
    now = NOW + timedelta(minutes=1)
    report = await look_up(engine, outbox(here, busy), now=now, go_on=lambda: not busy.asked)
    assert (len(busy.asked), report.asked) == (2, 2)
    with reading(engine) as connection:
        assert connection.execute(select(Look.found)).scalars().all() == ["not_yet"] * 2


async def test_one_message_answers_for_one_attempt(engine: Engine, settings: Settings) -> None:
    here = await in_doubt(engine, settings, 2, on_unknown="resend")
    listed = Listed("SM1", NOW, is_ours=True)
    for minutes in (1, 2):
        now = NOW + timedelta(minutes=minutes)
        await look_up(engine, outbox(here, List(Looked.at((listed,)))), now=now)
        assert sorted(here.attempts()) == ["accepted", "unknown"]
    with reading(engine) as connection:
        assert connection.execute(select(Look.found).order_by(Look.found)).scalars().all() == [
            "not_yet", "ours"
        ]  # fmt: skip


@pytest.mark.parametrize("change", ["account", "sender", "nothing"])
async def test_p1_another_accounts_or_senders_list_proves_nothing(
    engine: Engine, settings: Settings, change: str
) -> None:
    """Nobody sends again what the account before may have."""
    of = {"twilio_account_sid": "AC1", "twilio_auth_token": SecretStr("x"), "sms_sender": "+1500"}
    before = settings.model_copy(update=of)
    changes = {"account": {"twilio_account_sid": "AC2"}, "sender": {"sms_sender": "+1501"}}
    after = before.model_copy(update=changes.get(change, {}))
    note_ways(engine, before, now=NOW - timedelta(days=1))
    here = await in_doubt(engine, settings, 1, on_unknown="resend")
    note_ways(engine, after, now=NOW + timedelta(minutes=5))
    with writing(engine) as connection:
        connection.execute(update(Attempt).values(lease_until=NOW - timedelta(days=400)))
    empty = List(Looked(Found.ABSENT))
    report = await look_up(engine, outbox(here, empty), now=NOW + timedelta(minutes=30))
    assert (report.again, report.asked) == (int(change == "nothing"), 1)
    assert here.attempts() == (["absent"] if change == "nothing" else ["unknown"])


@pytest.mark.parametrize(("minutes", "again"), [(61, 1), (59, 0)])
async def test_p1_what_left_by_the_new_account_is_proved_absent_by_its_list(
    engine: Engine, settings: Settings, minutes: int, again: int
) -> None:
    """Once no pass can go on by the one before."""
    note_ways(engine, settings, now=NOW - timedelta(days=1))
    changed = NOW - timedelta(minutes=minutes)
    note_ways(engine, settings.model_copy(update={"sms_sender": "+1501"}), now=changed)
    here = await in_doubt(engine, settings, 1, on_unknown="resend")
    with writing(engine) as connection:
        connection.execute(update(Attempt).values(lease_until=NOW - timedelta(days=400)))
    empty = List(Looked(Found.ABSENT))
    report = await look_up(engine, outbox(here, empty), now=NOW + timedelta(minutes=30))
    assert report.again == again


async def test_another_message_to_the_number_is_no_proof(
    engine: Engine, settings: Settings
) -> None:
    here = await in_doubt(engine, settings, 1, on_unknown="resend")
    with writing(engine) as connection:
        connection.execute(update(Attempt).values(lease_until=NOW - timedelta(days=400)))
    unclear = List(Looked.at((Listed("SM9", NOW, is_ours=False),)))
    await look_up(engine, outbox(here, unclear), now=NOW + timedelta(minutes=30))
    assert here.attempts() == ["unknown"]


@pytest.mark.parametrize(("on_unknown", "is_short"), [("hold", False), ("resend", True)])
async def test_an_sms_that_may_be_sent_again_cannot_leave_after_its_proof(
    sqlite_engine: Engine, settings: Settings, on_unknown: str, is_short: bool
) -> None:
    here = await in_doubt(sqlite_engine, settings, 1, on_unknown=on_unknown)
    assert (here.sms.got[0].valid_seconds < SETTLE.total_seconds()) is is_short
