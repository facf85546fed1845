"""What must be right in a cadence beyond the form of its single values."""

from collections.abc import Iterator
from dataclasses import dataclass

from contacts.cadences.conditions import ConditionError, compile_condition
from contacts.cadences.faults import shown
from contacts.cadences.model import SMS_HOURS, Kind, Start, Step, Window
from contacts.cadences.spans import DAY_MINUTES, Span, TimeOfDay
from contacts.cadences.timezones import zone
from contacts.cadences.tree import Loc, Tree

_CONDITIONS = (("start", "where"), ("stop", "goal"))


@dataclass(frozen=True, slots=True)
class Broken:
    """A rule that is broken, and the value (or, where it is a key too many, the key) that does."""

    loc: Loc
    message: str
    offset: int | None = None  # characters inside the value, where known
    at_key: bool = False


@dataclass(frozen=True, slots=True)
class Draft:
    """What a file says: all of it as text, and those of its parts that are sound in themselves."""

    tree: Tree
    stem: str
    start: Start | None
    window: Window | None
    repeat: Span | None
    steps: dict[int, Step]

    @property
    def count(self) -> int:
        """How many steps the file has, sound or not."""
        steps = self.tree.get(("steps",))
        return len(steps) if isinstance(steps, list) else 0

    def misspells(self, number: int) -> bool:
        """Whether a step has a key that no step has; it may be any of those that seem missing."""
        return bool(set(self.tree.get(("steps", number))) - set(Step.model_fields))

    def has(self, *loc: str | int) -> bool:
        return loc in self.tree.values


def broken_rules(draft: Draft) -> Iterator[Broken]:
    """Every rule that the file breaks."""
    yield from _name(draft)
    yield from _timezone(draft)
    yield from _start(draft)
    yield from _repeat(draft)
    yield from _window(draft)
    yield from _conditions(draft)
    yield from _step_keys(draft)
    yield from _step_days(draft)
    for number, step in draft.steps.items():
        yield from _times(draft, number, step)
        yield from _human_or_not(draft, number, step)


def _name(draft: Draft) -> Iterator[Broken]:
    name = draft.tree.get(("name",))
    if isinstance(name, str) and name != draft.stem:
        message = f"'name' is {shown(name)}, but the file is called {shown(draft.stem)}; use one"
        yield Broken(("name",), f"{message} for both")


def _timezone(draft: Draft) -> Iterator[Broken]:
    name = draft.tree.get(("timezone",))
    if not isinstance(name, str) or name == "customer":
        return
    try:
        zone(name)
    except ValueError as error:
        hint = "" if str(error).endswith("?") else ", or customer"
        yield Broken(("timezone",), f"{error}{hint}")


def _start(draft: Draft) -> Iterator[Broken]:
    if draft.start is None:
        return
    for key, trigger in (("after", "customer.quiet"), ("before", "contract.ending")):
        given = draft.has("start", key)
        if draft.start.on == trigger and not given:
            message = f"'on: {trigger}' needs '{key}', such as {key}: 60d"
            yield Broken(("start", "on"), message)
        if draft.start.on != trigger and given:
            message = f"'{key}' goes with 'on: {trigger}' alone; take it out"
            yield Broken(("start", key), message, at_key=True)
    if draft.start.after is not None and draft.start.after.days < 1:
        yield Broken(("start", "after"), "'after' must be one day or more")


def _repeat(draft: Draft) -> Iterator[Broken]:
    if draft.repeat is not None and draft.repeat.days < 1:
        yield Broken(("repeat",), "'repeat' must be one day or more")


def _window(draft: Draft) -> Iterator[Broken]:
    window = draft.window
    if window is None:
        return
    if window.start >= window.end and not _is_a_night(draft, window):
        message = f"the window ends at {window.end}, which is not after its start, {window.start}"
        if window.start > window.end:
            message += "; for a night write both"
        yield Broken(("window", "end" if draft.has("window", "end") else "start"), message)
        return
    sms = next((number for number in range(draft.count) if _may_be_sms(draft, number)), None)
    if sms is None:
        return
    who = f"step {shown(str(draft.tree.get(('steps', sms, 'key'))))} may go out as sms"
    if window.start > window.end:
        message = (
            f"{who}, and the night from {window.start} to {window.end} has its quiet hours in it; "
            f"stay within {SMS_HOURS.start} to {SMS_HOURS.end}"
        )
        yield Broken(("window", "start"), message)
        return
    if window.start < SMS_HOURS.start:
        message = (
            f"{who}, and {window.start} is in its quiet hours; start at {SMS_HOURS.start} or later"
        )
        yield Broken(("window", "start"), message)
    if window.end > SMS_HOURS.end:
        message = (
            f"{who}, and {window.end} is in its quiet hours; end at {SMS_HOURS.end} or earlier"
        )
        yield Broken(("window", "end"), message)


def _is_a_night(draft: Draft, window: Window) -> bool:
    """Whether the file itself says that the window ends on the day after it began."""
    written = draft.has("window", "start") and draft.has("window", "end")
    return written and window.start > window.end


def _may_be_sms(draft: Draft, number: int) -> bool:
    """Read from the text, so that it is told even where something else in the step is wrong."""
    places = (("steps", number, key) for key in ("channel", "otherwise"))
    return any(draft.tree.get(place) == Kind.SMS for place in places)


def _conditions(draft: Draft) -> Iterator[Broken]:
    for loc in (*_CONDITIONS, *(("steps", number, "when") for number in range(draft.count))):
        source = draft.tree.get(loc)
        if not isinstance(source, str):
            continue
        try:
            compile_condition(source)
        except ConditionError as error:
            for fault in error.faults:
                yield Broken(loc, f"'{loc[-1]}': {fault.message}", fault.offset)


def _step_keys(draft: Draft) -> Iterator[Broken]:
    first: dict[str, int] = {}
    for number in range(draft.count):
        key = draft.tree.get(("steps", number, "key"))
        if not isinstance(key, str):
            continue
        if key in first:
            line, _ = draft.tree.value_at(("steps", first[key], "key"))
            message = f"'key' {shown(key)} is taken by the step in line {line}; use another"
            yield Broken(("steps", number, "key"), message)
        first.setdefault(key, number)


def _step_days(draft: Draft) -> Iterator[Broken]:
    latest, earlier = -1, ""
    for number, step in draft.steps.items():
        here = ("steps", number)
        day, after = draft.has(*here, "day"), draft.has(*here, "after")
        if day and after:
            message = "give 'day' or 'after', not both"
            yield Broken((*here, "after"), message, at_key=True)
        elif not day and not after and not draft.misspells(number):
            yield Broken(here, "give 'day' (from the start) or 'after' (from the touch before)")
        if step.day is None:
            continue
        if step.day < latest:
            message = f"'day' is {step.day}, before day {latest} of the earlier step '{earlier}'"
            yield Broken((*here, "day"), message)
            continue
        latest, earlier = step.day, step.key


def _times(draft: Draft, number: int, step: Step) -> Iterator[Broken]:
    window = draft.window
    if step.at is None or window is None or window.start == window.end:
        return
    if not _holds(window, step.at):
        message = f"'at' is {step.at}, outside the window of {window.start} to {window.end}"
        yield Broken(("steps", number, "at"), message)


def _holds(window: Window, at: TimeOfDay) -> bool:
    start, end = window.minutes
    return start <= at.minute < end or at.minute + DAY_MINUTES < end


def _human_or_not(draft: Draft, number: int, step: Step) -> Iterator[Broken]:
    here = ("steps", number)
    if step.any_time and step.channel is not Kind.EMAIL:
        message = f"'any_time' is for email alone; {step.channel} keeps to the window"
        yield Broken((*here, "any_time"), message, at_key=True)
    if step.channel.is_human:
        for key in ("otherwise", "on_unknown"):
            if draft.has("steps", number, key):
                message = f"'{key}' is for email and sms, not for a {step.channel}"
                yield Broken(("steps", number, key), message, at_key=True)
        return
    for key in ("due", "wait"):
        if draft.has("steps", number, key):
            message = f"'{key}' is for a call or a visit, not for {step.channel}"
            yield Broken(("steps", number, key), message, at_key=True)
    if step.any_time and step.at is not None:
        yield Broken(
            (*here, "any_time"), "'any_time' and 'at' contradict; take one out", at_key=True
        )
    if step.otherwise == step.channel:
        message = f"'otherwise' is {step.otherwise}, as the channel is; name the other one"
        yield Broken(("steps", number, "otherwise"), message)
