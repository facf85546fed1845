"""What each kind of event changes in the record."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from contacts.cadences.reach import Scope
from contacts.channels.incoming import EventKind
from contacts.listening.addresses import address_failed
from contacts.listening.alarms import heed
from contacts.listening.answering import answer_to
from contacts.listening.matching import BY_PERSON
from contacts.listening.replies import answer_task, ask, hear, hear_beside_a_stop
from contacts.listening.store import Heard
from contacts.record.consent.optout import BY_SMS, Said, opt_in, opt_out
from contacts.record.consent.sms_answers import owe
from contacts.record.customers.in_touch import forget_failed
from contacts.record.doubt.doubts import take_back
from contacts.record.locks import hold_customers
from contacts.record.touches.moves import move_touches
from contacts.record.touches.outcomes import AcceptedAttempt, accept_attempts
from contacts.settings import Settings

# In the order in which they may follow each other, so that one batch may hold several of a touch.
_TOUCH_STATES = (
    (EventKind.DELIVERED, "delivered"),
    (EventKind.UNDELIVERED, "undelivered"),
    (EventKind.BLOCKED, "undelivered"),
    (EventKind.DROPPED, "dropped"),
    (EventKind.BOUNCED, "bounced"),
)

_ABOUT_PEOPLE = BY_PERSON | {EventKind.BOUNCED, EventKind.DROPPED}
_ARRIVING = frozenset(
    {
        EventKind.ACCEPTED,
        EventKind.DEFERRED,
        EventKind.DELIVERED,
        EventKind.OPENED,
        EventKind.CLICKED,
        EventKind.SCANNED,
    }
)


def take_effect(
    connection: Connection, heard: Sequence[Heard], *, settings: Settings, now: datetime
) -> None:
    """Apply these new events, oldest first.

    The customers are held in one order, for events come in another: whoever holds several of them
    would else wait for us, and we for them.
    """
    people = {one.match.customer_id for one in heard if one.event.kind in _ABOUT_PEOPLE}
    if people - {None}:
        hold_customers(connection, [known for known in people if known is not None])
    _move_on(connection, heard, now=now)
    for one in heard:
        if one.match.erased:
            continue  # nobody writes to them any more, and nothing they say is kept
        _listen(connection, one, settings=settings, now=now)
        heed(connection, one, now=now)


def _move_on(connection: Connection, heard: Sequence[Heard], *, now: datetime) -> None:
    """Any event that carries our mark proves that the provider has the attempt."""
    lost = {one.match.attempt_id or "" for one in heard if not one.match.alive and _is_there(one)}
    back = take_back(connection, lost) if lost else set()
    live = [one for one in heard if one.match.alive or one.match.attempt_id in back]
    first = {one.match.attempt_id: one for one in reversed(live)}
    accepted = [
        AcceptedAttempt(attempt_id, one.event.provider_id, None, one.at)
        for attempt_id, one in first.items()
        if attempt_id is not None
    ]
    accept_attempts(connection, accepted, now=now)
    failed = set()
    for kind, state in _TOUCH_STATES:
        ids = {one.match.touch_id for one in live if _outcome(one) is kind}
        moved = move_touches(connection, {known for known in ids if known is not None}, state)
        if kind is not EventKind.DELIVERED:
            failed |= {touch.customer_id for touch in moved}
    forget_failed(connection, failed)


def _is_there(one: Heard) -> bool:
    """Whether the provider has the message, and has not failed with it."""
    return one.match.attempt_id is not None and one.event.kind in _ARRIVING


def _outcome(one: Heard) -> EventKind:
    """What became of the message; a carrier's "opted out" (21610) means that it did not arrive."""
    opted_out_sms = one.event.kind is EventKind.OPTED_OUT and one.event.channel == "sms"
    return EventKind.UNDELIVERED if opted_out_sms else one.event.kind


def _listen(connection: Connection, one: Heard, *, settings: Settings, now: datetime) -> None:
    """What a person did, or what became known about an address."""
    about = answer_to(connection, one, settings=settings)
    if about is not None:
        owe(connection, one.id, one.match.customer_id or 0, about, now=one.at)
    match one.event.kind:
        case EventKind.OPTED_OUT | EventKind.COMPLAINED:
            opt_out(connection, _said(one), settings=settings, now=now)
            if one.event.unclear:
                ask(connection, one, now=now)  # it names another channel as well
            if one.event.wants_answer:
                hear_beside_a_stop(connection, one, now=now)
        case EventKind.BOUNCED | EventKind.DROPPED:
            address_failed(connection, one, signing_key=settings.signing_key, now=now)
        case EventKind.REPLIED:
            hear(connection, one, now=now)
        case EventKind.HELP:
            answer_task(connection, one, now=now)
        case EventKind.OPTED_IN if one.event.channel == "sms":
            if not opt_in(connection, _said(one), signing_key=settings.signing_key, now=now):
                hear(connection, one, now=now)  # "YES" may as well answer a question


def _said(one: Heard) -> Said:
    return Said(
        channel=one.event.channel,
        customer_id=one.match.customer_id,
        address=one.event.address,
        source=_source(one),
        evidence=f"{one.event.provider}:{one.event.event_id}",
        at=one.at,
        scope=Scope.MARKETING if one.event.marketing_only else Scope.ALL,
        reason="complained" if one.event.kind is EventKind.COMPLAINED else "opt_out",
    )


def _source(one: Heard) -> str:
    if one.event.channel == "sms":
        return BY_SMS
    if one.event.kind is EventKind.COMPLAINED:
        return "spam complaint"
    return "SendGrid's unsubscribe" if one.event.marketing_only else "by e-mail"
