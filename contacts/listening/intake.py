"""Takes events in for all requests of a process: those that wait together share a transaction."""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from threading import Lock

import structlog
from sqlalchemy import Engine

from contacts.channels.incoming import EventKind, IncomingEvent
from contacts.failpoints import failpoint
from contacts.listening.apply import apply_events
from contacts.listening.stuck import place_of, set_aside
from contacts.record.engine import writing
from contacts.record.errors import RecordError
from contacts.settings import Settings

MOST = 2000
"""Events of one transaction, unless one request brings more."""

_log = structlog.get_logger()


@dataclass(slots=True)
class _Waiting:
    """One request's events, and what became of them."""

    events: Sequence[IncomingEvent]
    is_done: bool = False
    error: Exception | None = None


class Intake:
    """Safe for any number of threads.

    While one transaction is under way requests gather; the next one takes them all, and its commit
    answers them all. So a rush of single events costs a few commits, not one each.
    """

    def __init__(self, engine: Engine, settings: Settings, clock: Callable[[], datetime]) -> None:
        self._engine = engine
        self._settings = settings
        self._clock = clock
        self._waiting: deque[_Waiting] = deque()
        self._turn = Lock()

    @property
    def waiting(self) -> int:
        """How many requests wait for the transaction under way."""
        return len(self._waiting)

    def take(self, events: Sequence[IncomingEvent]) -> None:
        """Return once the events are on record, and applied unless a fault of ours forbids it.

        Raises RecordError where the record cannot be used, and whatever kept an event from being
        set aside: all of them are to be repeated then.
        """
        if not events:
            return
        mine = _Waiting(events)
        self._waiting.append(mine)
        with self._turn:
            while not mine.is_done:
                self._work(self._next_group())
        if isinstance(mine.error, RecordError):  # others may have the same
            raise RecordError(str(mine.error)) from mine.error
        if mine.error is not None:
            raise mine.error

    def _next_group(self) -> list[_Waiting]:
        group = [self._waiting.popleft()]
        size = len(group[0].events)
        while self._waiting and size + len(self._waiting[0].events) <= MOST:
            group.append(self._waiting.popleft())
            size += len(group[-1].events)
        return group

    def _work(self, group: Sequence[_Waiting]) -> None:
        try:
            self._apply([event for one in group for event in one.events])
        except RecordError as error:
            _answer(group, error)
        except Exception:  # noqa: BLE001  # no request may suffer for another one's event
            for one in group:
                _answer([one], self._one_by_one(one.events))
        else:
            _answer(group, None)

    def _one_by_one(self, events: Sequence[IncomingEvent]) -> Exception | None:
        """Apply each event by itself; what cannot be applied is kept, and tried again later."""
        try:
            for event in sorted(events, key=lambda event: event.occurred_at):
                self._apply_or_keep(event)
        except Exception as error:  # noqa: BLE001  # it is the answer to this request alone
            return error
        return None

    def _apply_or_keep(self, event: IncomingEvent) -> None:
        try:
            self._apply([event])
        except RecordError:
            raise
        except Exception as error:  # noqa: BLE001  # whatever it is, the event is not lost
            # Neither its words nor its traceback, which structlog prints with all values.
            why = place_of(error)
            _log.error("event set aside", provider=event.provider, kind=event.kind.value, why=why)
            with writing(self._engine) as connection:
                key = self._settings.signing_key
                set_aside(connection, event, error, signing_key=key, now=self._clock())

    def _apply(self, events: Sequence[IncomingEvent]) -> None:
        with writing(self._engine) as connection:
            applied = apply_events(
                connection, events, settings=self._settings, now=self._clock()
            )  # fmt: skip
            failpoint("webhook.before_commit")
        failpoint("webhook.after_commit")
        unknown = [event.event_id for event in events if event.kind is EventKind.UNKNOWN]
        _log.info(
            "events taken in",
            stored=applied.stored,
            repeated=applied.repeated,
            unmatched=applied.unmatched,
            unknown=unknown[:10],
        )


def _answer(group: Sequence[_Waiting], error: Exception | None) -> None:
    for one in group:
        one.error = error
        one.is_done = True
