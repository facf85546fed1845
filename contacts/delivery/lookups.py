"""Asking the providers' own lists about attempts in doubt: found, proved absent, or as before.

No transaction is open while a list is read, and a look-up that fails changes nothing.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine

from contacts.cadences.reasons import Reason
from contacts.channels.asking import Found, InDoubt, Looked, MessageList
from contacts.channels.outbox import Outbox
from contacts.delivery.reconcile import expire, on_unknown
from contacts.failpoints import failpoint
from contacts.record.doubt.doubts import (
    Doubt,
    close_attempts,
    doubts,
    is_anything_in_doubt,
    known_messages,
    note_looks,
)
from contacts.record.engine import reading, writing
from contacts.record.touches.outcomes import AcceptedAttempt, accept_attempts, plan_again
from contacts.record.versions import cadences_of

_NOT_YET = "not_yet"
_SILENT = frozenset({Found.NO_ANSWER, Found.NO_LIST})
_Looks = list[tuple[Doubt, Looked]]


@dataclass(slots=True)
class LookReport:
    asked: int = 0
    arrived: int = 0  # the list has them
    again: int = 0  # proved absent, and planned anew


def in_doubt(engine: Engine) -> bool:
    """Whether there may be anything to look up."""
    with reading(engine) as connection:
        return is_anything_in_doubt(connection)


async def look_up(
    engine: Engine, outbox: Outbox, *, now: datetime, go_on: Callable[[], bool] = lambda: True
) -> LookReport:
    """Ask each provider that has a list, a bounded number of times, and record what it says.

    Once `go_on` is false no further question is asked; what was answered is recorded.
    """
    report = LookReport()
    with writing(engine) as connection:
        expire(connection)
    for channel, its_list in outbox.lists.items():
        with reading(engine) as connection:
            asked = doubts(
                connection, channel, settle=its_list.settle, now=now, limit=its_list.most
            )
        looks = await _ask(its_list, asked, go_on)
        if not looks:
            continue
        failpoint("reconcile.before_record")
        with writing(engine) as connection:
            _record(connection, looks, report, now)
    return report


async def _ask(its_list: MessageList, asked: Sequence[Doubt], go_on: Callable[[], bool]) -> _Looks:
    """What the list says of each; a list that does not answer is left alone for this pass."""
    looks: _Looks = []
    for start in range(0, len(asked), its_list.at_once):
        if not go_on():
            break
        some = asked[start : start + its_list.at_once]
        questions = (InDoubt(one.attempt_id, one.address, one.text, one.began_at) for one in some)
        answers = await asyncio.gather(*map(its_list.look_up, questions))
        looks += zip(some, answers, strict=True)
        if all(answer.found in _SILENT for answer in answers):
            break
    return looks


def _record(connection: Connection, looks: _Looks, report: LookReport, now: datetime) -> None:
    """One transaction; what a webhook or another worker settled meanwhile keeps its word."""
    ids = {one.provider_id for _, looked in looks for one in looked.listed}
    taken = known_messages(connection, ids)
    said: dict[str, str] = {}
    accepted: list[AcceptedAttempt] = []
    absent: list[Doubt] = []
    for doubt, looked in looks:
        judged = looked.without(taken)
        said[doubt.attempt_id] = judged.found.value
        if judged.found is Found.OURS:
            ours = next(one for one in judged.listed if one.is_ours)
            taken.add(ours.provider_id)  # one message answers for one attempt
            at = min(max(ours.created_at or doubt.began_at, doubt.began_at), now)
            accepted.append(AcceptedAttempt(doubt.attempt_id, ours.provider_id, None, at))
        elif judged.found is Found.ABSENT and doubt.settled:
            absent.append(doubt)
        elif judged.found is Found.ABSENT:
            said[doubt.attempt_id] = _NOT_YET
    report.asked += len(looks)
    report.arrived += len(accept_attempts(connection, accepted, now=now))
    report.again += _send_again(connection, absent, now)
    note_looks(connection, said, now=now)


def _send_again(connection: Connection, absent: Sequence[Doubt], now: datetime) -> int:
    """Plan anew what is proved absent where its step says so; a person has the rest."""
    cadences = cadences_of(connection, (doubt.version_id for doubt in absent))
    again = [
        doubt.attempt_id
        for doubt in absent
        if doubt.touch_state == "unknown"
        and on_unknown(cadences.get(doubt.version_id), doubt.step_key) == "resend"
    ]
    touches = close_attempts(connection, again, "absent") if again else []
    plan_again(connection, dict.fromkeys(touches, now), reason=Reason.AGAIN, counts_as_try=True)
    return len(touches)
