"""Where each channel leads: what reached people is never led to the stand-in unseen (P2).

The stand-in accepts whatever it is handed. Were a key missing where it used to be, on a machine
that was added or after a restart, all that is due would be on record as sent, and reach nobody.

And the list of one account says nothing of what another one was handed (P1): so the record keeps
since when a channel leaves by its account and sender of now.
"""

import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, bindparam, exists, func, or_, select

from contacts.record.engine import reading, writing
from contacts.record.sending.channels import CHANNELS, write_channel
from contacts.record.tables import Attempt, Channel
from contacts.settings import Settings
from contacts.settings_file.errors import SettingsError
from contacts.wording import day_in_words, so_many

BEGIN_ANEW = (
    "to reach them too, begin with a new record before: stop everything, move .touchline/ away (or "
    "name an empty database), and import your files again"
)

_OVERLAP = timedelta(hours=1)
"""A pass that began by the way before goes on by it; so long nothing counts as the new one's."""


class _Words(NamedTuple):
    channel: str
    provider: str
    setting: str
    variables: str


_WORDS = {
    "email": _Words("e-mail", "SendGrid", "sendgrid_api_key", "TOUCHLINE_SENDGRID_API_KEY"),
    "sms": _Words(
        "SMS", "Twilio", "twilio_auth_token",
        "TOUCHLINE_TWILIO_ACCOUNT_SID and TOUCHLINE_TWILIO_AUTH_TOKEN",
    ),
}  # fmt: skip


class Missing(NamedTuple):
    """A channel of the record that reaches people, and credentials that are not there."""

    channel: str
    said: str
    remedy: str


def missing_credentials(connection: Connection, settings: Settings) -> Iterator[Missing]:
    """What would go to the stand-in from here, and goes to people from elsewhere, or did."""
    since = _live_since(connection)
    for name in CHANNELS:
        if name not in since or _is_live(settings, name):
            continue
        words = _WORDS[name]
        yield Missing(
            name,
            f"{words.setting}: is not set here, and this record's {words.channel} leaves by "
            f"{words.provider} since {day_in_words(since[name].date())}; the stand-in would take "
            "it as sent, and it would reach nobody",
            f"set {words.variables} here as well, or rehearse with this record from now on: "
            f"'touchline channel rehearse {name}'",
        )


def refuse_rehearsal(engine: Engine, settings: Settings) -> None:
    """Raise SettingsError where a channel of this record is live, and has no credentials here."""
    with reading(engine) as connection:
        missing = list(missing_credentials(connection, settings))
    if missing:
        raise SettingsError("\n".join(f"{one.said}. To mend it, {one.remedy}." for one in missing))


def note_ways(engine: Engine, settings: Settings, *, now: datetime) -> None:
    """Keep since when each channel leads where it does; raises as `refuse_rehearsal`."""
    refuse_rehearsal(engine, settings)
    with reading(engine) as connection:
        known = {row.name: row for row in connection.execute(_WAYS)}
    changes = {}
    for name in CHANNELS:
        row, way, changed = known.get(name), _way_of(settings, name), dict[str, Any]()
        if _is_live(settings, name) and (row is None or row.live_since is None):
            changed["live_since"] = now
        if row is None or row.way != way:
            changed["way"] = way
            if row is not None and row.way is not None:
                changed["way_since"] = now + _OVERLAP
        if changed:
            changes[name] = changed
    if changes:
        with writing(engine) as connection:
            for name, changed in changes.items():
                write_channel(connection, name, now, changed)


def leads_there_since(connection: Connection, name: str) -> datetime | None:
    """Since when it leaves by its account and sender of now and no other; None: since ever."""
    since = select(Channel.way_since).where(Channel.name == name)
    instant: datetime | None = connection.execute(since).scalar_one_or_none()
    return instant


def rehearse(connection: Connection, name: str, *, now: datetime) -> None:
    """Let the channel's messages go to the stand-in again, where it has no credentials."""
    write_channel(connection, name, now, {"live_since": None, "rehearsed_since": now})


def rehearsed(connection: Connection, settings: Settings) -> Iterator[str]:
    """What to know before a channel goes live for the first time, a sentence for each."""
    since = _live_since(connection)
    for name in CHANNELS:
        if name in since or not _is_live(settings, name):
            continue
        count = connection.execute(_REHEARSED, {"name": name}).scalar_one()
        if count:
            yield (
                f"{_WORDS[name].channel} goes live with the next pass, and "
                f"{so_many(count, 'message')} of this record went to the stand-in: they count as "
                "sent, and nobody gets them again"
            )


def _live_since(connection: Connection) -> dict[str, datetime]:
    rows = connection.execute(select(Channel.name, Channel.live_since))
    return {name: since for name, since in rows if since is not None}


def _way_of(settings: Settings, name: str) -> str:
    """Twilio's list is asked for one sender; the first part of SendGrid's key is its name."""
    if not _is_live(settings, name):
        way = ["stand-in"]
    elif name == "email":
        key = settings.sendgrid_api_key
        way = [settings.sendgrid_url, *(key.get_secret_value().split(".")[:2] if key else ())]
    else:
        way = [settings.twilio_url, settings.twilio_account_sid]
    if name == "sms":
        way.append(settings.sms_sender)
    return hashlib.sha256("|".join(way).encode()).hexdigest()


def _is_live(settings: Settings, name: str) -> bool:
    return settings.email_is_live if name == "email" else settings.sms_is_live


_WAYS = select(Channel.name, Channel.live_since, Channel.way)
_LED_BACK = select(Channel.rehearsed_since).where(Channel.name == bindparam("name"))
_REHEARSED = (
    select(func.count())
    .select_from(Attempt)
    .where(
        Attempt.channel == bindparam("name"),
        Attempt.state == "accepted",
        or_(
            ~exists(_LED_BACK.where(Channel.rehearsed_since.is_not(None))),
            Attempt.started_at >= _LED_BACK.scalar_subquery(),
        ),
    )
)
