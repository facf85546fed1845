"""An event loop whose time and order are the simulation's: nothing runs until it is told to.

The production code runs in it as it is. Work that it hands to a thread becomes a job that the
simulation does when it likes, so that every order of several workers' steps can be had, and the
same order again from the same seed.
"""

import asyncio
import heapq
from collections import deque
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from contextvars import Context, ContextVar, copy_context
from dataclasses import dataclass
from itertools import count
from typing import Any

from tests.simulation.clock import Clock

OWNER: ContextVar[Any] = ContextVar("owner")
"""Whose task is running: the simulated process."""


@dataclass(slots=True)
class Job:
    """Work that a task handed to a thread and waits for."""

    work: Callable[..., Any]
    arguments: tuple[Any, ...]
    answer: asyncio.Future[Any]

    @property
    def name(self) -> str:
        """What is done, without the wrappers: `_gate`."""
        named = (part for part in self.arguments if callable(part))
        inner = self.work if self.work.__name__ != "_tried" else next(named)
        return inner.__name__.strip("_")


class SimulatedLoop:
    """As much of an event loop as tasks, locks, gathering and timers need, and no more."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._ready: deque[asyncio.Handle] = deque()
        self._timers: list[tuple[float, int, asyncio.TimerHandle]] = []
        self._order = count()
        self.complaints: list[str] = []

    def begin(self, work: Coroutine[Any, Any, Any], *, owner: Any) -> asyncio.Task[Any]:
        """Start a task of this simulated process; it waits until the loop is drained."""
        context = copy_context()
        context.run(OWNER.set, owner)
        with self._running():
            return context.run(asyncio.Task, work, loop=self._as_loop)

    def drain(self) -> None:
        """Run everything that can run, and return when all of it waits for the simulation."""
        with self._running():
            while self._ready or self._due():
                if not self._ready:
                    self._ready.append(heapq.heappop(self._timers)[2])
                handle = self._ready.popleft()
                if not handle.cancelled():
                    handle._run()

    def time(self) -> float:
        return self._clock.monotonic()

    def get_debug(self) -> bool:
        return False

    def is_running(self) -> bool:
        return True

    def is_closed(self) -> bool:
        return False

    def create_future(self) -> asyncio.Future[Any]:
        return asyncio.Future(loop=self._as_loop)

    def create_task(
        self, coro: Any, *, name: str | None = None, context: Context | None = None
    ) -> asyncio.Task[Any]:  # fmt: skip
        return asyncio.Task(coro, loop=self._as_loop, name=name, context=context)

    def call_soon(
        self, callback: Any, *args: Any, context: Context | None = None
    ) -> asyncio.Handle:  # fmt: skip
        handle = asyncio.Handle(callback, args, self._as_loop, context)
        self._ready.append(handle)
        return handle

    def call_later(
        self, delay: float, callback: Any, *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        return self.call_at(self.time() + delay, callback, *args, context=context)

    def call_at(
        self, when: float, callback: Any, *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        timer = asyncio.TimerHandle(when, callback, args, self._as_loop, context)
        heapq.heappush(self._timers, (when, next(self._order), timer))
        return timer

    def run_in_executor(self, executor: Any, func: Any, *args: Any) -> asyncio.Future[Any]:
        job = Job(func, args, self.create_future())
        OWNER.get().jobs.append(job)
        return job.answer

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        # A killed process leaves its tasks behind, which is no complaint.
        if not context["message"].startswith("Task was destroyed"):
            self.complaints.append(f"{context['message']}: {context.get('exception')!r}")

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        """Its turn comes all the same, and passes."""

    @property
    def _as_loop(self) -> Any:
        return self  # what of an event loop is left out here is needed by nothing here

    def _due(self) -> bool:
        return bool(self._timers) and self._timers[0][0] <= self.time()

    @contextmanager
    def _running(self) -> Iterator[None]:
        asyncio._set_running_loop(self._as_loop)
        try:
            yield
        finally:
            asyncio._set_running_loop(None)
