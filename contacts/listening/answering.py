"""Which words by SMS we answer ourselves, where the provider does not."""

from sqlalchemy import Connection

from contacts.channels.incoming import EventKind
from contacts.listening.store import Heard
from contacts.record.consent.sms_answers import About
from contacts.record.consent.suppression import suppressed
from contacts.record.customers.address_keys import address_hash
from contacts.record.locks import hold_customers
from contacts.settings import Settings

_ABOUT = {
    EventKind.OPTED_OUT: About.STOP,
    EventKind.OPTED_IN: About.START,
    EventKind.HELP: About.HELP,
}


def answer_to(connection: Connection, one: Heard, *, settings: Settings) -> About | None:
    """What to answer to this event, before it changes anything; None for nothing.

    STOP is confirmed once, START where there is something to lift; who has stopped gets no help.
    """
    about = _ABOUT.get(one.event.kind)
    if about is None or settings.sms_answers != "touchline" or not _is_asked_of_us(one):
        return None
    hold_customers(connection, [one.match.customer_id or 0])
    hashed = address_hash(settings.signing_key, one.event.address or "")
    is_stopped = (hashed, "sms") in suppressed(connection, [hashed])
    return about if is_stopped is (about is About.START) else None


def _is_asked_of_us(one: Heard) -> bool:
    """Whether a known customer wrote it; Twilio names the word where it answers by itself."""
    event = one.event
    is_message = event.channel == "sms" and event.event_id == event.provider_id
    return is_message and one.match.customer_id is not None and not event.payload.get("OptOutType")
