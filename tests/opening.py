"""Windows for tests, a cadence of one step that has one, and its hours at a place."""

from contacts.cadences.calendar import Place
from contacts.cadences.hours import Hours, hours_of
from contacts.cadences.load import parse_cadence
from contacts.cadences.model import Cadence, Kind, Step
from contacts.windows import WEEK, TimeOfDay, Weekday, Window

_PLAIN = parse_cadence(
    "name: sample\ngoal: to be tested\npurpose: service\nstart: {on: customer.added}\n"
    "steps:\n  - {key: one, channel: email, template: one, day: 0}\n",
    "sample.yaml",
)


def window(hours: str, days: tuple[Weekday, ...] = WEEK) -> Window:
    """Hours such as 09:00-18:00, holidays or not."""
    start, end = hours.split("-")
    return Window(start=TimeOfDay(start), end=TimeOfDay(end), days=days, holidays="ignore")


EVER = window("00:00-23:59")


def of_one_step(
    when: Window, channel: Kind, *, day: int = 0, at: TimeOfDay | None = None
) -> tuple[Cadence, Step]:
    """A cadence with this window, made by hand, for no file may have every one."""
    step = _PLAIN.steps[0].model_copy(update={"channel": channel, "day": day, "at": at})
    return _PLAIN.model_copy(update={"window": when, "steps": [step]}), step


def hours_in(when: Window, place: Place, channel: Kind) -> Hours:
    cadence, step = of_one_step(when, channel)
    return hours_of(cadence, step, channel, place)
