"""What customers chose for themselves: topics, a pause, a language, the best time of their day.

Beside it what one of us decided for them: until which day they are left alone, the waiver.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

BEST_TIMES: Mapping[str, tuple[int, int]] = {
    "morning": (8 * 60, 11 * 60),
    "midday": (11 * 60, 14 * 60),
    "afternoon": (14 * 60, 17 * 60),
    "evening": (17 * 60, 21 * 60),
}
"""The minutes of a day on the customer's own clock."""


@dataclass(frozen=True, slots=True)
class Wishes:
    topics_off: frozenset[str] = frozenset()
    paused_until: date | None = None
    """The first day on their calendar on which marketing goes on."""
    best_time: str = ""
    """A key of BEST_TIMES, or empty for any."""
    locale: str = ""
    """Wins over what an import says; empty where they chose none."""
    waived_until: date | None = None
    """Before this day of their calendar we leave them alone; kept apart, it is not their word."""


NO_WISHES = Wishes()


def wishes_of(kept: Mapping[str, Any] | None, *, waived_until: date | None = None) -> Wishes | None:
    """The wishes that the record keeps, with the waiver; None for a customer without any."""
    if not kept and waived_until is None:
        return None
    kept = kept or {}
    paused_until = kept.get("paused_until")
    best_time = kept.get("best_time", "")
    return Wishes(
        topics_off=frozenset(kept.get("topics_off", ())),
        paused_until=date.fromisoformat(paused_until) if paused_until else None,
        best_time=best_time if best_time in BEST_TIMES else "",
        locale=kept.get("locale", ""),
        waived_until=waived_until,
    )


def kept_of(wishes: Wishes) -> dict[str, Any] | None:
    """The form in which the record keeps them, with nothing in it that they did not wish."""
    paused_until = wishes.paused_until.isoformat() if wishes.paused_until else ""
    kept = {
        "topics_off": sorted(wishes.topics_off),
        "paused_until": paused_until,
        "best_time": wishes.best_time,
        "locale": wishes.locale,
    }
    return {name: value for name, value in kept.items() if value} or None
