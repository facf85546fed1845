"""What must be right in a cadence beyond the form of its single values."""

from collections.abc import Iterator

from contacts.cadences.conditions import ConditionError, compile_condition
from contacts.cadences.draft import Broken, Draft
from contacts.cadences.faults import shown
from contacts.cadences.model import CONFIRM_CONSENT, OURS, Kind, Step
from contacts.cadences.timezones import zone
from contacts.cadences.window_rules import window_faults

_GO_TOGETHER = (
    ("after", {"customer.quiet": "60d", "contract.ended": "7d"}),
    ("before", {"contract.ending": "60d"}),
    ("kinds", {"signal": "[order.late]"}),
)
_CONDITIONS = (("start", "where"), ("stop", "goal"))


def broken_rules(draft: Draft) -> Iterator[Broken]:
    """Every rule that the file breaks."""
    yield from _name(draft)
    yield from _ours(draft)
    yield from _timezone(draft)
    yield from _start(draft)
    yield from _repeat(draft)
    yield from window_faults(draft)
    yield from _conditions(draft)
    yield from _step_keys(draft)
    yield from _step_days(draft)
    for number, step in draft.steps.items():
        yield from _human_or_not(draft, number, step)


def _name(draft: Draft) -> Iterator[Broken]:
    name = draft.tree.get(("name",))
    if isinstance(name, str) and name != draft.stem:
        message = f"'name' is {shown(name)}, but the file is called {shown(draft.stem)}; use one"
        yield Broken(("name",), f"{message} for both")


def _ours(draft: Draft) -> Iterator[Broken]:
    if draft.stem == CONFIRM_CONSENT:
        return
    for loc in (("purpose",), ("start", "on")):
        if draft.tree.get(loc) in OURS:
            message = f"{shown(str(draft.tree.get(loc)))} is for Touchline's own cadence alone"
            yield Broken(loc, f"'{loc[-1]}': {message}; see double_opt_in")


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
    trigger = draft.start.on
    for key, such_as in _GO_TOGETHER:
        given = draft.has("start", key)
        if trigger in such_as and not given:
            message = f"'on: {trigger}' needs '{key}', such as {key}: {such_as[trigger]}"
            yield Broken(("start", "on"), message)
        if trigger not in such_as and given:
            message = f"'{key}' goes with 'on: {' or '.join(such_as)}' alone; take it out"
            yield Broken(("start", key), message, at_key=True)
    if draft.start.after is not None and draft.start.after.days < 1:
        yield Broken(("start", "after"), "'after' must be one day or more")


def _repeat(draft: Draft) -> Iterator[Broken]:
    if draft.repeat is not None and draft.repeat.days < 1:
        yield Broken(("repeat",), "'repeat' must be one day or more")


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
            message = f"'{key}' is for a call, a visit or a letter, not for {step.channel}"
            yield Broken(("steps", number, key), message, at_key=True)
    for key in ("at", "window"):
        if step.any_time and draft.has(*here, key):
            message = f"'any_time' and '{key}' contradict; take one out"
            yield Broken((*here, "any_time"), message, at_key=True)
    if step.otherwise == step.channel:
        message = f"'otherwise' is {step.otherwise}, as the channel is; name the other one"
        yield Broken(("steps", number, "otherwise"), message)
