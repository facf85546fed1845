"""What a customer chose, in words: what changed as they did, and what of it stands by now."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, select

from contacts.cadences.wishes import BEST_TIMES, NO_WISHES, Wishes, wishes_of
from contacts.record import phrases
from contacts.record.consent.agreement import Agreement, Word, agreements, words_of
from contacts.record.tables import Customer, Event
from contacts.settings import Settings

_PAUSED, _UNPAUSED = "no marketing until ", "the pause of marketing is over"
_OFF, _ON, _LANGUAGE, _TIME = "no more about ", "again about ", "language ", "best time: "
_ALONE_NO_MORE = "we no longer leave them alone"
_BETWEEN = "; "


@dataclass(frozen=True, slots=True)
class Choice:
    """One that stands."""

    about: str  # a channel, or topics, pause, language, time
    value: str
    how: str = ""
    at: datetime | None = None  # when it was made


def changes(before: Wishes, after: Wishes, settings: Settings) -> str:
    """What of their wishes a customer changed, in the words of the timeline."""
    off, on = after.topics_off - before.topics_off, before.topics_off - after.topics_off
    said = [f"{_OFF}{_titles(off, settings)}"] if off else []
    said += [f"{_ON}{_titles(on, settings)}"] if on else []
    if after.paused_until != before.paused_until:
        until = after.paused_until
        said.append(f"{_PAUSED}{until}" if until else _UNPAUSED)
    if before.waived_until and not after.waived_until:
        said.append(_ALONE_NO_MORE)
    if after.locale != before.locale:
        said.append(f"{_LANGUAGE}{after.locale}")
    if after.best_time != before.best_time:
        said.append(f"{_TIME}{after.best_time or 'any'}")
    return _BETWEEN.join(said)


def title_of(settings: Settings, topic: str, language: str) -> str:
    """How a topic reads in that language; without a title, as its key."""
    known = settings.topics.get(topic)
    title = known.title_in(language, settings.default_locale) if known is not None else ""
    words = topic.replace("-", " ").replace("_", " ")
    return title or words[:1].upper() + words[1:]


def standing_choices(
    connection: Connection, customer_id: int, *, settings: Settings, today: date, now: datetime
) -> list[Choice]:
    """What a customer chose that counts on their day `today`, and how and when they said so."""
    row = connection.execute(select(Customer).where(Customer.id == customer_id)).one()
    said = words_of(connection, customer_id)
    holds = agreements(connection, row, signing_key=settings.signing_key, now=now)
    wishes = wishes_of(row.wishes) or NO_WISHES
    made = _Pages(connection, customer_id)
    return [*_by_channel(holds, said), *_of_wishes(wishes, made, settings, today)]


def _by_channel(holds: Sequence[Agreement], said: Sequence[Word]) -> Iterator[Choice]:
    for one in holds:
        words = [word for word in said if word.channel == one.channel]
        is_closed = one.stopped is not None and one.stopped.reason != "opt_out"
        if words and not is_closed:
            last = words[-1]
            yield Choice(one.channel, _level(one), phrases.source(last.source), last.at)


def _level(one: Agreement) -> str:
    if one.marketing is None:
        return "everything"
    return "only what they bought" if one.service is None else "nothing"


def _of_wishes(wishes: Wishes, made: "_Pages", settings: Settings, today: date) -> Iterator[Choice]:
    if wishes.topics_off:
        titles = _titles(wishes.topics_off, settings)
        yield Choice("topics", f"nothing about {titles}", *made.last(_OFF, _ON))
    if wishes.paused_until is not None and wishes.paused_until > today:
        until = wishes.paused_until
        value = f"no marketing until {until.day} {until:%b %Y}"
        yield Choice("pause", value, *made.last(_PAUSED))
    if wishes.locale:
        yield Choice("language", wishes.locale, *made.last(_LANGUAGE))
    if wishes.best_time:
        start, end = (minute // 60 for minute in BEST_TIMES[wishes.best_time])
        value = f"{wishes.best_time}, {start} to {end}"
        yield Choice("time", value, *made.last(_TIME))


class _Pages:
    """When the customer's own page was saved, and what it changed."""

    def __init__(self, connection: Connection, customer_id: int) -> None:
        query = select(Event.channel, Event.occurred_at, Event.detail).where(
            Event.customer_id == customer_id, Event.kind == "preferred"
        )
        newest = query.order_by(Event.occurred_at.desc(), Event.id.desc())
        self._saved = connection.execute(newest).all()

    def last(self, *beginnings: str) -> tuple[str, datetime | None]:
        """How and when something was changed last, by how its words begin."""
        for saved in self._saved:
            if any(one.startswith(beginnings) for one in saved.detail.split(_BETWEEN)):
                return f"preference page, {_by(saved.channel)}", saved.occurred_at
        return "preference page", None


def _by(channel: str) -> str:
    return f"by the link of an {phrases.channel(channel)}"


def _titles(topics: frozenset[str], settings: Settings) -> str:
    own = settings.default_locale
    return ", ".join(title_of(settings, topic, own) for topic in sorted(topics))
