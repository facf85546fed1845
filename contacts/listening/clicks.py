"""A link of a mail is followed: by its reader, or by a machine that looks at every link.

Mail gateways open links before a person sees them, and programs fetch them ahead. What they do is
on record, set aside: it says nothing of the customer. Of the visitor nothing is kept.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from contacts.channels.incoming import EventKind, IncomingEvent
from contacts.listening.apply import apply_events
from contacts.record.touches.links import Known, heard_since, rename
from contacts.settings import Settings

TOO_SOON = timedelta(seconds=10)
"""After the mail arrived: nobody has read it by then."""
AT_ONCE = timedelta(seconds=2)
"""Between two links of one mail: no person presses both."""

_MACHINES = re.compile(
    r"bot\b|bots\b|crawl|spider|scan|preview|prefetch|proofpoint|mimecast|barracuda|safelinks|"
    r"trendmicro|bitdefender|symantec|fireeye|cloudmark|ironport|sophos|fortinet|forcepoint|"
    r"googleimageproxy|facebookexternalhit|whatsapp|slack|headless|phantomjs|selenium|"
    r"python-|curl/|wget/|java/|okhttp|go-http-client|libwww|axios|node-fetch|guzzle|"
    r"apache-httpclient|microsoft office|ms-office|urllib",
    re.IGNORECASE,
)
_AHEAD = ("purpose", "sec-purpose", "x-purpose", "x-moz")
"""Headers by which a program says that it fetches a page before anybody asks for it."""


def is_a_machine(method: str, headers: Mapping[str, str]) -> bool:
    """Whether a request says by itself that no person made it."""
    agent = headers.get("user-agent", "")
    ahead = (headers.get(name, "").lower() for name in _AHEAD)
    return (
        method != "GET"
        or any("prefetch" in one or "preview" in one for one in ahead)
        or not agent.strip()
        or _MACHINES.search(agent) is not None
    )


def follow(
    connection: Connection, link: Known, *, by_machine: bool, settings: Settings, now: datetime
) -> None:
    """Write down that a link was followed, at most once a minute for each link and kind of caller.

    Two links of a mail at once are a machine's, so the first of them was as well.
    """
    heard = heard_since(connection, link, now - TOO_SOON)
    at_once = [one for one in heard if _is_another(one, link) and one.occurred_at >= now - AT_ONCE]
    pressed = [one.id for one in at_once if one.kind == EventKind.CLICKED]
    rename(connection, pressed, EventKind.SCANNED)
    if by_machine or at_once or _just_arrived(link, heard, now):
        kind = EventKind.SCANNED
    else:
        kind = EventKind.CLICKED
    event = IncomingEvent(
        provider="touchline",
        event_id=f"{link.attempt_id}-{link.number}-{kind}-{now:%Y%m%dT%H%M}",
        kind=kind,
        channel="email",
        occurred_at=now,
        attempt_id=link.attempt_id,
        detail=link.target,
    )
    apply_events(connection, [event], settings=settings, now=now)


def _is_another(event: Any, link: Known) -> bool:
    """Whether it tells of another link of the mail."""
    return event.kind in (EventKind.CLICKED, EventKind.SCANNED) and event.detail != link.target


def _just_arrived(link: Known, heard: Sequence[Any], now: datetime) -> bool:
    taken = link.answered_at is not None and link.answered_at >= now - TOO_SOON
    return taken or any(one.kind == EventKind.DELIVERED for one in heard)
