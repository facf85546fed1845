"""What follows where a task is done or a cadence ends: nobody is left with nothing ahead."""

from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import Engine

from contacts.care.sweep import take_in_hand
from contacts.record.errors import RecordError
from contacts.settings import Settings

if TYPE_CHECKING:  # what plans takes longer to import than most tasks need it
    from contacts.workspace.sweeping import WorkspacePlanner

_log = structlog.get_logger()


def keep_in_hand(
    engine: Engine, settings: Settings, customers: Collection[int], *, now: datetime
) -> dict[str, int]:
    """See to those of these customers who have nothing ahead, by the policy of every night.

    Returns what took how many in hand. What was done is on record already; where the record fails
    now, the night sees to them.
    """

    def planner() -> "WorkspacePlanner":
        from contacts.workspace.paused import last_known_paused
        from contacts.workspace.plannable import plannable
        from contacts.workspace.sweeping import WorkspacePlanner

        paused = last_known_paused(settings)
        return WorkspacePlanner(engine, settings, now, plannable(settings), paused, customers)

    try:
        return take_in_hand(engine, customers, settings=settings, now=now, planner=planner)
    except RecordError:
        _log.warning("closing.left_to_the_night", customers=len(customers))
        return {}
