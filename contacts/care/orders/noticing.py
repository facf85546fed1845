"""What departs in which account, with the reason and the figures of each."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import NamedTuple

from contacts.cadences.signals import SignalKind
from contacts.care.orders import words
from contacts.care.orders.events import Flags, Whole
from contacts.care.orders.lateness import half_of_gaps
from contacts.care.orders.shifts import LAST, LATELY
from contacts.care.orders.standing import Standing
from contacts.care.orders.sums import Sums

FIRM = 0.65
"""From this chance to stay silent on, a person should look."""
WEIGHTS = {
    SignalKind.SMALLER: 0.5,
    SignalKind.SLOWER: 0.5,
    SignalKind.IRREGULAR: 0.4,
    SignalKind.BIGGER: 0.3,
    SignalKind.FASTER: 0.3,
}
"""Behind those who are gone for likely, and before those who are only a little late."""

Figures = dict[str, float | int | str]


class Noticed(NamedTuple):
    """A departure of one account."""

    place: int  # of the account among the sums
    kind: SignalKind
    key: str  # the day of its last order: the same gap, or shift, is the same key
    reason: str
    weight: float  # 0 to 1: where it stands among all that there is to do
    figures: Figures


def noticed(
    standing: Standing, currency: Callable[[int], str], subscribed: Flags | None = None
) -> Iterator[Noticed]:
    """Everything that departs now; `currency` tells an account's by its place."""
    yield from late_ones(standing, standing.newly_late(subscribed))
    for kind in SignalKind:
        if kind is not SignalKind.LATE:
            yield from _shifted(standing, kind, currency)


def tier_of(silent: float) -> str:
    """soft: a kind word is enough. firm: a person should look."""
    return "firm" if silent >= FIRM else "soft"


def late_ones(standing: Standing, places: Whole) -> Iterator[Noticed]:
    some = standing.sums.take(places)
    shorter, longer = half_of_gaps(some, standing.book)
    found = standing.lateness
    for row, place in enumerate(places.tolist()):
        days = standing.complete - int(some.last_on[row])
        usual, late = float(found.usual[place]), float(found.late[place])
        between = (float(shorter[row]), float(longer[row]))
        reason = words.late(usual=usual, between=between, silent=days, chance=late)
        figures: Figures = {
            "usual_days": round(usual, 1),
            "half_from_days": round(between[0], 1),
            "half_to_days": round(between[1], 1),
            "silent_days": days,
            "late": float(f"{late:.3g}"),
            "gone": round(float(found.gone[place]), 4),
            "silent": round(float(found.silent[place]), 4),
            "tier": tier_of(float(found.silent[place])),
        }
        weight = float(figures["silent"])
        yield Noticed(place, SignalKind.LATE, _key(some, row), reason, weight, figures)


def _shifted(
    standing: Standing, kind: SignalKind, currency: Callable[[int], str]
) -> Iterator[Noticed]:
    sums, seen = standing.sums, standing.shifts
    for place in standing.shifted(kind).tolist():
        if kind is SignalKind.IRREGULAR:
            usual, gaps = float(seen.gap_before[place]), _last_gaps(sums, place, LATELY)
            reason = words.uneven(usual=usual, gaps=gaps)
            figures: Figures = {"usual_days": round(usual, 1)}
        elif kind in (SignalKind.SLOWER, SignalKind.FASTER):
            before, lately = float(seen.gap_before[place]), float(seen.gap_lately[place])
            reason = words.pace(before=before, lately=_last_gaps(sums, place, LAST))
            figures = {"usual_days": round(before, 1), "lately_days": round(lately, 1)}
        else:
            before, lately = float(seen.amount_before[place]), float(seen.amount_lately[place])
            amounts = [float(money) for money in sums.recent_amounts[place, :LAST][::-1]]
            reason = words.size(before=before, lately=amounts, currency=currency(place))
            figures = {"usual_amount": round(before, 2), "lately_amount": round(lately, 2)}
        yield Noticed(place, kind, _key(sums, place), reason, WEIGHTS[kind], figures)


def _last_gaps(sums: Sums, place: int, count: int) -> list[int]:
    """In days, the newest last."""
    return [int(days) for days in sums.recent_gaps[place, :count][::-1]]


def _key(sums: Sums, place: int) -> str:
    return date.fromordinal(int(sums.last_on[place])).isoformat()
