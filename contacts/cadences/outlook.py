"""When a touch that waits will leave, or why it will not: what its gate would say, asked ahead.

By what is known now of the customer's choices and answers; the condition of a step is left to its
day, and room under the caps to the days before. Pure.
"""

from dataclasses import replace
from datetime import datetime
from typing import Literal, NamedTuple

from contacts.cadences.calendar import Place
from contacts.cadences.obeying import place_as_wished
from contacts.cadences.permit import Circumstances, Later, Request, Skip, permit
from contacts.cadences.reach import Reach
from contacts.cadences.reasons import Reason
from contacts.cadences.wishes import Wishes

_TURNS = 4
"""A pause, a window and a wish each move a touch once."""
_ANSWERS = (Reason.UNCLEAR, Reason.UNCONFIRMED)
"""What waits for a person's word has no hour."""


class Outlook(NamedTuple):
    becomes: Literal["sent", "held", "skipped"]
    at: datetime
    reason: Reason | None = None  # why not before, or why not at all


def outlook(request: Request, reach: Reach, *, ready_at: datetime, unclear: bool) -> Outlook:
    """What becomes of a touch that is ready then; `unclear` tells of an answer yet to be read.

    The place of the request is the one without the customer's best time.
    """
    asked = replace(request, step=request.step.model_copy(update={"when": None}))
    at, reason = ready_at, None
    for _ in range(_TURNS):
        if request.wishes is not None and request.wishes.best_time:
            asked.place = _as_wished(request, request.wishes, at)
        verdict = permit(asked, reach, Circumstances(at), unclear=unclear)
        if isinstance(verdict, Skip):
            return Outlook("skipped", at, reason or verdict.reason)
        if not isinstance(verdict, Later):
            break
        if verdict.reason in _ANSWERS:
            return Outlook("held", at, verdict.reason)
        at, reason = verdict.at, reason or verdict.reason
        if at >= request.not_after:  # no worker is there at that very instant
            return Outlook("skipped", at, reason)
    return Outlook("sent", at, reason)


def _as_wished(request: Request, wishes: Wishes, at: datetime) -> Place:
    return place_as_wished(
        request.place, wishes, request.cadence, request.step, now=at, until=request.not_after
    )
