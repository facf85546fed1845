"""A customer who chooses, on their own page, what we send them and when."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import Connection, insert

from contacts.cadences.reach import Scope
from contacts.cadences.reasons import Reason
from contacts.cadences.wishes import Wishes
from contacts.channels.incoming import EventKind
from contacts.record.consent.choices import Came, Choices, Level, OnChannel, choices, keep_wishes
from contacts.record.consent.chosen import changes
from contacts.record.consent.optout import BY_PAGE, Said, opt_out
from contacts.record.consent.suppression import lift
from contacts.record.customers.address_keys import address_hash
from contacts.record.inserting import insert_into
from contacts.record.locks import hold_customers
from contacts.record.people import ConsentKind
from contacts.record.tables import Consent, Event
from contacts.record.touches.waiting import no_longer_for
from contacts.settings import Settings


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the customer changed on the page, and nothing else: what they left alone stays as it is.

    None is "left alone"; `topics` says of each changed one whether it is wanted.
    """

    levels: Mapping[str, Level] = field(default_factory=dict)  # by channel
    topics: Mapping[str, bool] = field(default_factory=dict)
    paused_until: str | None = None  # an ISO date, or "" for no pause
    locale: str | None = None
    best_time: str | None = None
    agreed: Mapping[Level, str] = field(default_factory=dict)
    """The words that they saw and agreed to, where a level was raised to this one."""


@dataclass(frozen=True, slots=True)
class Saved:
    """What came of it."""

    before: Choices
    now: Choices


def save(
    connection: Connection, came: Came, wanted: Wanted, *, settings: Settings, now: datetime
) -> Saved | None:
    """Keep what the customer of a link wants; None for nobody, or erased.

    A level is raised only as far as their link may raise it; saving twice changes no more.
    """
    hold_customers(connection, [came.customer_id], by_number="sms" in wanted.levels)
    before = choices(connection, came, settings=settings, now=now)
    if before is None:
        return None
    for channel, level in wanted.levels.items():
        there = before.channels.get(channel)
        if there is not None and level != there.level and level <= max(there.level, there.highest):
            said = _said(came.customer_id, there, level, now)
            words = wanted.agreed.get(level, "")
            _set_level(connection, said, there, level, agreed=words, settings=settings)
            if level > there.level:
                no_longer_for(connection, came.customer_id, Reason.UNCONFIRMED, now=now)
    wishes = wished(before.wishes, wanted)
    if not before.gives_back:
        wishes = _no_more_than(before.wishes, wishes)
    if wishes != before.wishes:
        keep_wishes(connection, came.customer_id, wishes, now=now)
        words = changes(before.wishes, wishes, settings)
        _note(connection, came.customer_id, EventKind.PREFERRED, came.by, words, now)
    after = choices(connection, came, settings=settings, now=now)
    return Saved(before, after or before)


def wished(before: Wishes, wanted: Wanted) -> Wishes:
    """The wishes with what was changed."""
    off = {topic for topic, is_wanted in wanted.topics.items() if not is_wanted}
    on = wanted.topics.keys() - off
    wishes = replace(before, topics_off=(before.topics_off | off) - on)
    if wanted.paused_until is not None:
        until = datetime.fromisoformat(wanted.paused_until).date() if wanted.paused_until else None
        wishes = replace(wishes, paused_until=until)
        if until is None:
            # Who ends their own pause wants to hear from us: we decide nothing else for them.
            wishes = replace(wishes, waived_until=None)
    if wanted.best_time is not None:
        wishes = replace(wishes, best_time=wanted.best_time)
    return replace(wishes, locale=wanted.locale) if wanted.locale else wishes


def _no_more_than(before: Wishes, after: Wishes) -> Wishes:
    """What `after` takes away from what they get, and nothing that it gives back."""
    pauses = [until for until in (before.paused_until, after.paused_until) if until is not None]
    return replace(
        after,
        topics_off=before.topics_off | after.topics_off,
        paused_until=max(pauses, default=None),
        waived_until=before.waived_until,
    )


def _said(customer_id: int, there: OnChannel, level: Level, now: datetime) -> Said:
    evidence = f"preferences:{customer_id}:{there.channel}:{now.isoformat()}"
    scope = Scope.ALL if level is Level.NOTHING else Scope.MARKETING
    return Said(there.channel, customer_id, there.address, BY_PAGE, evidence, now, scope)


def _set_level(
    connection: Connection,
    said: Said,
    there: OnChannel,
    level: Level,
    *,
    agreed: str,
    settings: Settings,
) -> None:
    raised, now = level > there.level, said.at
    if raised:
        hashed = address_hash(settings.signing_key, there.address)
        lift(connection, address_hash=hashed, channel=there.channel, reason="opt_out", at=now)
        _agree(connection, said, level, agreed, settings=settings)
    if level is not Level.EVERYTHING:
        opt_out(connection, said, settings=settings, now=now)
    kind = EventKind.OPTED_IN if raised else EventKind.OPTED_OUT
    words = (_RAISED_TO if raised else _LOWERED_TO)[level]
    _note(connection, said.customer_id, kind, there.channel, words, now)


def _agree(
    connection: Connection, said: Said, level: Level, wording: str, *, settings: Settings
) -> None:
    """A yes of their own, with the words that they saw: the proof that the law asks for.

    It was given behind a link in a mail to this very address, or in an SMS to this number, and no
    other one gives anything back: for mail that is what a double opt-in asks for.
    """
    is_all = level is Level.EVERYTHING
    is_double = settings.double_opt_in and said.channel == "email" and is_all
    connection.execute(
        insert(Consent).values(
            customer_id=said.customer_id,
            channel=said.channel,
            purpose="" if is_all else "service",
            granted=True,
            kind=(ConsentKind.DOUBLE if is_double else ConsentKind.EXPRESS).value,
            source=BY_PAGE,
            evidence=f"{said.evidence}, by the link of a message to it"[:200],
            wording=wording[:1000],
            at=said.at,
            recorded_at=said.at,
        )
    )


def _note(
    connection: Connection,
    customer_id: int | None,
    kind: EventKind,
    channel: str,
    words: str,
    now: datetime,
) -> None:
    row = {
        "provider": "touchline",
        "event_id": f"preferences:{customer_id}:{kind}:{channel}:{now.isoformat()}",
        "kind": kind.value,
        "channel": channel,
        "customer_id": customer_id,
        "occurred_at": now,
        "received_at": now,
        "detail": words,
    }
    event = insert_into(connection.dialect.name, Event).values(row)
    connection.execute(event.on_conflict_do_nothing(index_elements=["provider", "event_id"]))


_LOWERED_TO = {
    Level.NOTHING: "every message",
    Level.SERVICE: "marketing; messages about what they bought go on",
}
_RAISED_TO = {Level.SERVICE: "messages about what they bought", Level.EVERYTHING: "every message"}
