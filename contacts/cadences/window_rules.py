"""What must be right of windows: hours there are, none of them in the night of an SMS, and `at`."""

from collections.abc import Iterator

from contacts.cadences.draft import Broken, Draft
from contacts.cadences.faults import shown
from contacts.cadences.model import SMS_HOURS, Kind, Step
from contacts.cadences.tree import Loc
from contacts.windows import DAY_MINUTES, TimeOfDay, Weekly


def window_faults(draft: Draft) -> Iterator[Broken]:
    """The faults of the file's window and of its steps'; none where others are in the way."""
    if draft.window is None or draft.usual is None:
        return
    whole = draft.window.over(draft.usual)
    if whole.is_empty:
        yield _empty(draft, ("window",), whole)
        return
    yield from _quiet_hours(draft, whole)
    for number, step in draft.steps.items():
        yield from _of_step(draft, number, step, whole)


def _of_step(draft: Draft, number: int, step: Step, whole: Weekly) -> Iterator[Broken]:
    here: Loc = ("steps", number)
    weekly = whole if step.window is None else step.window.over(whole)
    if weekly.is_empty:
        yield _empty(draft, (*here, "window"), weekly)
        return
    if step.window is not None and _may_be_sms(draft, number):
        yield from _at_night(draft, (*here, "window"), weekly, "it may go out as sms")
    if step.at is not None and not _holds(weekly, step.at):
        hours = f"{TimeOfDay.of(weekly.start)} to {TimeOfDay.of(weekly.end)}"
        yield Broken((*here, "at"), f"'at' is {step.at}, outside the window of {hours}")


def _empty(draft: Draft, loc: Loc, weekly: Weekly) -> Broken:
    """Told at the end, or where only the start is written, there."""
    start, end = TimeOfDay.of(weekly.start), TimeOfDay.of(weekly.end)
    message = f"the window ends at {end}, which is not after its start, {start}"
    if start > end:
        message += "; for a night write both"
    return Broken((*loc, "end" if draft.has(*loc, "end") else "start"), message)


def _quiet_hours(draft: Draft, whole: Weekly) -> Iterator[Broken]:
    """Of the whole file's window, told for the first step that may be an SMS and has no other."""
    for number in range(draft.count):
        if not _may_be_sms(draft, number) or draft.has("steps", number, "window"):
            continue
        key = shown(str(draft.tree.get(("steps", number, "key"))))
        who = f"step {key} may go out as sms"
        if draft.has("window"):
            yield from _at_night(draft, ("window",), whole, who)
            return
        for broken in _at_night(draft, ("window",), whole, "it may go out as sms"):
            message = f"{broken.message}, in a 'window' here or in the settings"
            yield Broken(("steps", number, "channel"), message)
        return


def _at_night(draft: Draft, loc: Loc, weekly: Weekly, who: str) -> Iterator[Broken]:
    """Where a window of an SMS lies in its quiet hours: at its start, at its end, or as a night."""
    start, end = TimeOfDay.of(weekly.start), TimeOfDay.of(weekly.end)
    opens, closes = TimeOfDay.of(SMS_HOURS.start), TimeOfDay.of(SMS_HOURS.end)
    at_start, at_end = ((*loc, key) if draft.has(*loc, key) else loc for key in ("start", "end"))
    if weekly.crosses_midnight:
        message = f"{who}, and the night from {start} to {end} has its quiet hours in it"
        yield Broken(at_start, f"{message}; stay within {opens} to {closes}")
        return
    if weekly.start < SMS_HOURS.start:
        message = f"{who}, and {start} is in its quiet hours; start at {opens} or later"
        yield Broken(at_start, message)
    if weekly.end > SMS_HOURS.end:
        yield Broken(at_end, f"{who}, and {end} is in its quiet hours; end at {closes} or earlier")


def _may_be_sms(draft: Draft, number: int) -> bool:
    """Read from the text, so that it is told even where something else in the step is wrong."""
    places = (("steps", number, key) for key in ("channel", "otherwise"))
    return any(draft.tree.get(place) == Kind.SMS for place in places)


def _holds(weekly: Weekly, at: TimeOfDay) -> bool:
    return weekly.start <= at.minute < weekly.end or at.minute + DAY_MINUTES < weekly.end
