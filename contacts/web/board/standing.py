"""How well a customer is looked after, and for how long nobody was in touch."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, case

from contacts.care.cover import Cover, cover_of, out_of_touch
from contacts.record.tables import Customer
from contacts.settings import Settings

SILENT = "silent too long"
"""How the list is asked for those who are out of touch for longer than agreed, in hand or not."""


class Standing(StrEnum):
    """How well a customer is looked after, from best to worst."""

    IN_HAND = "in hand"  # a message is planned or on its way, or a person has a task
    WAIVED = "waived"  # somebody said why nobody need keep in touch now
    UNPLANNED = "nothing planned"  # in touch not long ago, but nothing would come next
    STALE = "stale"  # nothing planned, and out of touch for too long
    LEFT = "left"  # no customer any more


IN_HAND_BY = {Cover.TOUCH: "in hand by a touch ahead", Cover.TASK: "in hand by a task alone"}
"""How the list is asked for those of whom the proof counts as much."""
STATES: tuple[str, ...] = (Standing.IN_HAND, *IN_HAND_BY.values(), *list(Standing)[1:], SILENT)
"""All that the list may be asked for."""


@dataclass(frozen=True, slots=True)
class Silence:
    """For how long we have not been in touch."""

    days: int
    most: int
    """Days that are agreed."""
    is_too_long: bool
    """For an active customer."""


def standing_of(settings: Settings, now: datetime) -> ColumnElement[str]:
    """The standing of each customer, in SQL."""
    cover = cover_of(now)
    return case(
        (Customer.active.is_(False), Standing.LEFT.value),
        (cover.in_([Cover.TOUCH.value, Cover.TASK.value]), Standing.IN_HAND.value),
        (cover == Cover.WAIVER.value, Standing.WAIVED.value),
        (out_of_touch(settings, now), Standing.STALE.value),
        else_=Standing.UNPLANNED.value,
    )


def silence_of(row: Any, settings: Settings, now: datetime) -> Silence:
    """What `out_of_touch` says in SQL, of a customer's row."""
    tiers, usual = settings.freshness_days_by_tier, settings.freshness_days
    most = row.freshness_days or tiers.get(row.tier, usual)
    silent = now - (row.last_contact_at or row.created_at)
    return Silence(silent.days, most, bool(row.active) and silent > timedelta(days=most))
