"""A permitted touch becomes a request: its words, its addresses, and what goes on record of it."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from contacts.cadences.model import Kind
from contacts.cadences.tracking import may_be_followed
from contacts.channels.links import (
    LinkChannel,
    confirm_url,
    preferences_url,
    unsubscribe_url,
    view_url,
)
from contacts.channels.outgoing import OutgoingEmail, OutgoingSms
from contacts.delivery.following import followed_links
from contacts.delivery.prepare import Prepared
from contacts.messages.templates import Templates
from contacts.record.customers.address_keys import address_hash, address_key, link_key
from contacts.record.touches.attempts import NewAttempt, NewMessage, new_attempt_id
from contacts.settings import Settings

_LONGEST_VALIDITY = 36_000  # seconds; Twilio's own limit
_VALID_IF_SENT_AGAIN = 480
"""Shorter than Twilio's list is waited for, so that nothing leaves later that was proved absent."""


@dataclass(slots=True)
class Ready:
    """A request that is written down and waits for the gate's commit."""

    prepared: Prepared
    attempt: NewAttempt
    message: NewMessage
    outgoing: OutgoingEmail | OutgoingSms
    links: Sequence[str] = ()
    """What the links of a mail point at that are followed, by their numbers."""


def compose(
    prepared: Prepared, channel: Kind, *, templates: Templates, settings: Settings, now: datetime
) -> Ready:
    """Render the touch for a written channel; MessageError where the words cannot be made."""
    compose_one = _email if channel is Kind.EMAIL else _sms
    return compose_one(prepared, templates, settings, now)


def _email(prepared: Prepared, templates: Templates, settings: Settings, now: datetime) -> Ready:
    customer = prepared.facts.customer
    attempt_id = new_attempt_id()
    context = _context(prepared, Kind.EMAIL, attempt_id, templates, settings)
    words = templates.email(prepared.request.step.template, customer.locale, context)
    links = followed_links(words, attempt_id, customer, settings)
    said = words.subject, words.text, words.html
    attempt = _attempt(prepared, Kind.EMAIL, attempt_id, words.template, now, *said)
    outgoing = OutgoingEmail(
        attempt_id=attempt.id,
        to=customer.email,
        to_name=f"{customer.first_name} {customer.last_name}".strip(),
        sender=settings.sender_email,
        sender_name=settings.sender_name or settings.business_name,
        reply_to=_reply_to(prepared, attempt.id, settings),
        subject=words.subject,
        text=words.text,
        html=words.html,
        category=prepared.cadence.name,
        headers=_headers(prepared, context),
        follow_opens=settings.open_tracking and may_be_followed(customer.attributes),
    )
    message = NewMessage(attempt.id, customer.email, words.subject, words.text, words.html)
    return Ready(prepared, attempt, message, outgoing, links)


def _sms(prepared: Prepared, templates: Templates, settings: Settings, now: datetime) -> Ready:
    customer = prepared.facts.customer
    attempt_id = new_attempt_id()
    context = _context(prepared, Kind.SMS, attempt_id, templates, settings)
    words = templates.sms(prepared.request.step.template, customer.locale, context)
    attempt = _attempt(
        prepared, Kind.SMS, attempt_id, words.template, now, words.text, segments=words.segments
    )
    left = int((prepared.request.not_after - now).total_seconds())
    resend = prepared.cadence.on_unknown_of(prepared.request.step) == "resend"
    longest = _VALID_IF_SENT_AGAIN if resend else _LONGEST_VALIDITY
    outgoing = OutgoingSms(
        attempt_id=attempt.id,
        to=customer.phone,
        body=words.text,
        valid_seconds=max(60, min(left, longest)),
    )
    message = NewMessage(attempt.id, customer.phone, "", words.text, None)
    return Ready(prepared, attempt, message, outgoing)


def _context(
    prepared: Prepared, channel: Kind, attempt_id: str, templates: Templates, settings: Settings
) -> dict[str, Any]:
    """The touch's facts, with the customer's own links: those that the message names."""
    customer = prepared.facts.customer
    named = templates.links_in(channel, prepared.request.step.template, customer.locale)
    by: LinkChannel = "sms" if channel is Kind.SMS else "email"
    links = {}
    if "unsubscribe" in named or prepared.cadence.purpose == "marketing":
        links["unsubscribe"] = unsubscribe_url(settings, prepared.customer_id, by)
    if "preferences" in named:
        address = customer.phone if channel is Kind.SMS else customer.email
        key = link_key(address_hash(settings.signing_key, address))
        links["preferences"] = preferences_url(settings, customer.id, by, address_key=key)
    if "view" in named:
        links["view"] = view_url(settings, attempt_id)
    if prepared.cadence.purpose == "consent":
        key = address_key(address_hash(settings.signing_key, customer.email))
        links["confirm"] = confirm_url(settings, attempt_id, key)
    return prepared.request.context | {"links": links}


def _attempt(
    prepared: Prepared,
    channel: Kind,
    attempt_id: str,
    template: str,
    now: datetime,
    *words: str,
    segments: int = 1,
) -> NewAttempt:
    return NewAttempt(
        id=attempt_id,
        touch_id=prepared.touch.id,
        customer_id=prepared.customer_id,
        channel=channel,
        local_date=prepared.local_day,
        fence=prepared.claim.fence,
        template=template[:120],
        body_hash=hashlib.sha256("\0".join(words).encode()).hexdigest(),
        segments=segments,
        started_at=now,
    )


def _reply_to(prepared: Prepared, attempt_id: str, settings: Settings) -> str:
    """An address that brings the reply back to this attempt, or else the owner's own."""
    if settings.reply_domain:
        return f"reply+{attempt_id}@{settings.reply_domain}"
    if not settings.email_is_live:
        return f"reply+{attempt_id}@reply.{settings.sender_email.rpartition('@')[2]}"
    return prepared.facts.owner.email or settings.sender_email


def _headers(prepared: Prepared, context: dict[str, Any]) -> dict[str, str]:
    """RFC 8058's one-click pair on marketing mail; service mail cannot be unsubscribed from."""
    if prepared.cadence.purpose != "marketing":
        return {}
    return {
        "List-Unsubscribe": f"<{context['links']['unsubscribe']}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
