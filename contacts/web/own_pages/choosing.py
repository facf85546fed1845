"""What the preference page offers one customer, and what its form says."""

import calendar
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from starlette.datastructures import FormData

from contacts.cadences.calendar import local_date
from contacts.cadences.wishes import BEST_TIMES
from contacts.listening.preferences import Saved, Wanted
from contacts.messages.locales import chosen, normal
from contacts.record.consent.choices import Choices, Level
from contacts.record.consent.chosen import title_of
from contacts.settings import Settings
from contacts.web.own_pages.tongues import Say, Tongue, tongue_of
from contacts.workspace.offers import languages_of, topics_of

VERSION = "1"
"""Of the words that a customer agrees to; raise it when their meaning changes."""
LEVELS = {"everything": Level.EVERYTHING, "service": Level.SERVICE, "nothing": Level.NOTHING}
_NONE, _KEEP, _MONTH = "none", "keep", "month"


@dataclass(frozen=True, slots=True)
class Radio:
    """One of the choices of a list, by its line among the page's words."""

    value: str
    line: str
    day: date | None = None  # which the line names


@dataclass(frozen=True, slots=True)
class Offer:
    choices: Choices
    tongue: Tongue
    business: str
    topics: dict[str, str]
    """Titles by key."""
    languages: dict[str, str]
    """Their own names by code."""
    language: str
    """The code of the one they are written to in."""
    zone: str
    """The city by whose clock their day goes."""
    today: date

    @property
    def say(self) -> Say:
        return self.tongue.page("preferences", business=self.business)

    @property
    def offered(self) -> list[str]:
        """The topics that the customer may switch on or off."""
        off = frozenset() if self.choices.gives_back else self.choices.wishes.topics_off
        return [key for key in self.topics if key not in off]

    @property
    def agreeing(self) -> dict[Level, str]:
        """What the record keeps as agreed to by whoever takes more, up to this level."""
        lines = {Level.SERVICE: "service", Level.EVERYTHING: "agree"}
        page = f"(preference page, {self.tongue.language}, {VERSION})"
        return {level: f"{self.say(line)} {page}" for level, line in lines.items()}

    @property
    def seen(self) -> str:
        """What a form says of the words that it was shown with."""
        return self.agreeing[Level.EVERYTHING]

    @property
    def times(self) -> list[str]:
        return ["any", *BEST_TIMES]

    @property
    def time(self) -> str:
        return self.choices.wishes.best_time or "any"

    @property
    def paused_until(self) -> date | None:
        until = self.choices.wishes.paused_until
        return until if until is not None and until > self.today else None

    @property
    def in_a_month(self) -> date:
        """The same day of the next month, or its last one."""
        year, month = self.today.year + self.today.month // 12, self.today.month % 12 + 1
        return date(year, month, min(self.today.day, calendar.monthrange(year, month)[1]))

    @property
    def pause(self) -> str:
        """The value of the choice that holds now."""
        return _KEEP if self.paused_until else _NONE

    @property
    def pauses(self) -> list[Radio]:
        kept = [Radio(_KEEP, "pause_keep", self.paused_until)] if self.paused_until else []
        month = Radio(_MONTH, "pause_month", self.in_a_month)
        none = [] if kept and not self.choices.gives_back else [Radio(_NONE, "pause_none")]
        return [*none, *kept, month]

    def levels(self, channel: str) -> list[str]:
        """Those that the customer may choose on a channel, the widest first."""
        there = self.choices.channels[channel]
        highest = max(there.level, there.highest)
        return [name for name, level in LEVELS.items() if level <= highest]

    def level(self, channel: str) -> str:
        there = self.choices.channels[channel].level
        return next(name for name, level in LEVELS.items() if level == there)

    def told(self, saved: Saved) -> list[str]:
        """What was changed, sentence by sentence, in the language that holds now."""
        return [*self._levels_told(saved), *self._wishes_told(saved)]

    def _levels_told(self, saved: Saved) -> list[str]:
        return [
            self.say(f"now_{channel}", level=self.say(self.level(channel)))
            for channel, there in saved.now.channels.items()
            if there.level != saved.before.channels[channel].level
        ]

    def _wishes_told(self, saved: Saved) -> list[str]:
        before, now, said = saved.before.wishes, saved.now.wishes, []
        if now.topics_off != before.topics_off:
            titles = [title for key, title in self.topics.items() if key in now.topics_off]
            line = "now_topics" if titles else "now_all_topics"
            said.append(self.say(line, topics=", ".join(titles)))
        if now.paused_until != before.paused_until:
            until = self.paused_until
            paused = self.say("now_paused", date=self.tongue.day(until)) if until else None
            said.append(paused or self.say("now_unpaused"))
        if now.locale != before.locale:
            said.append(self.say("now_language", language=self.tongue.name_of(now.locale)))
        if now.best_time != before.best_time:
            said.append(self.say("now_time", time=self.say(self.time)))
        return said


def offer_to(there: Choices, *, settings: Settings, now: datetime) -> Offer:
    """The page for this customer, in the language that we write to them in."""
    tongue = tongue_of(there.locale)
    codes = languages_of(settings)
    language = chosen(there.locale, codes, settings.default_locale) or normal(there.locale)
    return Offer(
        choices=there,
        tongue=tongue,
        business=settings.business_name,
        topics={key: title_of(settings, key, tongue.language) for key in topics_of(settings)},
        languages={code: tongue.name_of(code) for code in codes},
        language=language,
        zone=tongue.city(there.timezone),
        today=local_date(now, there.timezone),
    )


def wanted_of(form: FormData, offer: Offer) -> Wanted:
    """What was changed on the form: each choice comes with what it was when the page was shown.

    What the page did not offer is not heard.
    """
    topics = {
        key: key in form.getlist("topic")
        for key in form.getlist("offered")
        if key in offer.topics
        and (key in form.getlist("topic")) != (key in form.getlist("was_topic"))
    }
    pause = _changed(form, "pause", [one.value for one in offer.pauses])
    until = {_NONE: "", _MONTH: offer.in_a_month.isoformat()}
    time = _changed(form, "time", offer.times)
    return Wanted(
        levels={
            channel: LEVELS[level]
            for channel in offer.choices.channels
            if (level := _changed(form, channel, LEVELS))
        },
        topics={str(key): is_wanted for key, is_wanted in topics.items()},
        paused_until=until.get(pause) if pause else None,
        locale=_changed(form, "language", list(offer.languages)),
        best_time=None if time is None else time.removeprefix("any"),
        agreed=offer.agreeing,
    )


def without_unseen(form: FormData, offer: Offer, wanted: Wanted) -> Wanted:
    """What is wanted, but for more of a channel if the words of today are not those of the form.

    It may have lain open while the language, the name of the business or the words changed.
    """
    if form.get("agree") == offer.seen:
        return wanted
    there = offer.choices.channels
    lowered = {name: level for name, level in wanted.levels.items() if level < there[name].level}
    return replace(wanted, levels=lowered)


def _changed(form: FormData, name: str, known: Sequence[str] | dict[str, Level]) -> str | None:
    value = form.get(name)
    return (
        value
        if isinstance(value, str) and value in known and value != form.get(f"was_{name}")
        else None
    )
