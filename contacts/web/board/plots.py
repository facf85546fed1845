"""Drawings as numbers: where the marks of a plot stand, for the SVG in a page.

The page's policy lets no style into the markup, so a drawing has places and classes alone.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from contacts.record import phrases

MARGIN = 4


@dataclass(frozen=True, slots=True)
class Bar:
    x: float
    y: float
    width: float
    height: float
    kind: str
    """The class of its colour."""
    words: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A line down the plot with a few words: a month, today."""

    x: float
    words: str


@dataclass(frozen=True, slots=True)
class Level:
    """A line across the plot with its value."""

    y: float
    words: str


@dataclass(frozen=True, slots=True)
class Plot:
    width: int
    height: int
    base: float
    """Where zero is."""
    bars: list[Bar]
    marks: list[Mark]
    levels: tuple[Level, ...] = ()
    left: int = 0
    """Where the bars begin; beside them stand the words of the levels."""


@dataclass(frozen=True, slots=True)
class Amount:
    """Something of a day, upwards or, below zero, downwards."""

    on: date
    value: float
    words: str
    kind: str = "out"


def amounts_over_time(
    amounts: Sequence[Amount], *, until: date, width: int, height: int
) -> Plot | None:
    """A stem for each amount at its day, from the first one until a day; None without any."""
    if not amounts:
        return None
    first = min(one.on for one in amounts)
    days = max((until - first).days, 30)
    highest = max(max(one.value for one in amounts), 0.0)
    lowest = min(min(one.value for one in amounts), 0.0)
    scale = (height - 2 * MARGIN) / ((highest - lowest) or 1.0)
    base = MARGIN + highest * scale
    room = width - 2 * MARGIN
    thick = max(1.5, min(7.0, room / (len(amounts) * 2.2)))

    def place(on: date) -> float:
        return MARGIN + (on - first).days / days * (room - thick)

    bars = [
        Bar(
            x=round(place(one.on), 1),
            y=round(base - max(one.value, 0.0) * scale, 1),
            width=round(thick, 1),
            height=round(max(abs(one.value) * scale, 1.0), 1),
            kind=one.kind,
            words=one.words,
        )
        for one in amounts
    ]
    return Plot(width, height, round(base, 1), bars, _months(first, until, place, room / days))


def stacks(
    days: Sequence[date],
    parts: Sequence[tuple[str, Sequence[int]]],
    *,
    width: int,
    height: int,
    left: int = 0,
    words: Callable[[str], str] = phrases.channel,
) -> Plot:
    """A stacked column a day; `parts` are kinds with a number for each of the days.

    With room on the `left`, the values of its levels stand there. `words` say a kind.
    """
    most = max((sum(column) for column in zip(*(of for _, of in parts), strict=True)), default=0)
    values = levels_of(most)
    scale = (height - 2 * MARGIN) / values[-1]
    step = (width - left - 2 * MARGIN) / max(len(days), 1)
    bars: list[Bar] = []
    for place, day in enumerate(days):
        top = float(height - MARGIN)
        for kind, numbers in parts:
            if not numbers[place]:
                continue
            tall = numbers[place] * scale
            count = f"{numbers[place]:,} {words(kind)}"
            top -= tall
            bars.append(
                Bar(
                    x=round(left + MARGIN + place * step + step * 0.12, 1),
                    y=round(top, 1),
                    width=round(step * 0.76, 1),
                    height=round(tall, 1),
                    kind=kind,
                    words=f"{day:%a} {day.day} {day:%b}: {count}",
                )
            )
    marks = [
        Mark(round(left + MARGIN + place * step, 1), f"{day.day} {day:%b}")
        for place, day in enumerate(days)
        if day.weekday() == 0
    ]
    base = float(height - MARGIN)
    levels = tuple(Level(round(base - value * scale, 1), f"{value:,}") for value in values)
    return Plot(width, height, base, bars, marks, levels, left)


def levels_of(most: int) -> list[int]:
    """Round values from 0 up to the highest or above it, five at the most: 0, 20, 40, 60."""
    steps = (first * 10**zeros for zeros in range(18) for first in (1, 2, 5))
    step = next(one for one in steps if one * 4 >= most)
    highest = max(-(-most // step), 1) * step
    return list(range(0, highest + 1, step))


def _months(first: date, until: date, place: Callable[[date], float], per_day: float) -> list[Mark]:
    """The first of each month, so many of them that their names do not touch."""
    found, day = [], first.replace(day=1)
    every = next((n for n in (1, 2, 3, 6, 12) if per_day * 30 * n > 44), 24)
    while day <= until:
        if day >= first and (day.month - 1) % every == 0:
            words = f"{day:%b %Y}" if day.month == 1 else f"{day:%b}"
            found.append(Mark(round(place(day), 1), words))
        day = (day + timedelta(days=32)).replace(day=1)
    return found
