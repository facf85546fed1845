"""Sends what we owe to who wrote STOP, START or HELP: taken first, then one request, no second."""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine

from contacts.channels.outbox import Outbox
from contacts.channels.outgoing import Answer, OutgoingSms, Receipt
from contacts.delivery.elapsed import elapsed
from contacts.delivery.learning import learn_alone
from contacts.delivery.own_words.answer_words import answer_words
from contacts.delivery.own_words.turn import take_turn
from contacts.delivery.rationing import rates_of
from contacts.record.consent.sms_answers import (
    SOON,
    About,
    Ended,
    Owed,
    end_answer,
    owed,
    take_answer,
)
from contacts.record.consent.suppression import suppressed
from contacts.record.customers.address_keys import address_hash
from contacts.record.engine import reading, writing
from contacts.record.locks import hold_customers
from contacts.record.sending.rates import Rate
from contacts.record.touches.attempts import new_attempt_id
from contacts.settings import Settings

_STATE = {Answer.ACCEPTED: "accepted", Answer.UNKNOWN: "unknown"}
"""Any other answer is a refusal: what is not taken at once comes too late."""
_SHORTEST = timedelta(minutes=1)


def owes_anything(engine: Engine, settings: Settings, *, now: datetime) -> bool:
    """Whether somebody waits for an answer of ours."""
    if settings.sms_answers != "touchline":
        return False
    with reading(engine) as connection:
        return bool(owed(connection, now=now))


async def answer_back(
    engine: Engine,
    outbox: Outbox,
    *,
    settings: Settings,
    now: datetime,
    monotonic: Callable[[], float] = elapsed,
) -> int:
    """Send what is owed at `now`; return how many requests were made."""
    if settings.sms_answers != "touchline":
        return 0
    with reading(engine) as connection:
        waiting = owed(connection, now=now)
    began, made = monotonic(), 0
    rates = rates_of(settings, outbox)
    for one in waiting:
        instant = now + timedelta(seconds=monotonic() - began)
        message = _taken(engine, one, settings, rates, instant)
        if message is None:
            continue
        receipt = await outbox.sms.send(message)
        made += 1
        instant = now + timedelta(seconds=monotonic() - began)
        with writing(engine) as connection:
            end_answer(connection, one.id, _ended(receipt, instant))
            learn_alone(connection, "sms", receipt, now=instant)
    return made


def _taken(
    engine: Engine, one: Owed, settings: Settings, rates: dict[str, Rate], now: datetime
) -> OutgoingSms | None:
    """The message, once its answer is ours to send; None where it may not leave, or not now."""
    left = one.owed_at + SOON - now
    if left <= timedelta():
        return None
    about = About(one.about)
    text = answer_words(about, one.locale, settings)
    attempt_id = new_attempt_id()
    with writing(engine) as connection:
        hold_customers(connection, [one.customer_id])
        if not _still_holds(connection, one, about, settings):
            return None
        if take_turn(connection, "sms", rates, now=now) is not None:
            connection.rollback()
            return None
        if not take_answer(connection, one.id, attempt_id=attempt_id, words=text, now=now):
            connection.rollback()
            return None
    valid = int(max(left, _SHORTEST).total_seconds())
    return OutgoingSms(attempt_id=attempt_id, to=one.phone, body=text, valid_seconds=valid)


def _ended(receipt: Receipt, now: datetime) -> Ended:
    state = _STATE.get(receipt.answer, "refused")
    return Ended(state, now, receipt.provider_id, receipt.http_status, receipt.code)


def _still_holds(connection: Connection, one: Owed, about: About, settings: Settings) -> bool:
    """A confirmation of STOP goes to a stopped number and nothing else does (P3)."""
    hashed = address_hash(settings.signing_key, one.phone)
    is_stopped = (hashed, "sms") in suppressed(connection, [hashed])
    return is_stopped is (about is About.STOP)
