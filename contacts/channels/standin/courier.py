"""How the stand-in tells its events and callbacks: in order per message, until they are taken."""

import asyncio
import heapq
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import aiohttp

from contacts.channels.standin.book import Book
from contacts.channels.standin.clock import Clock

_TRIES = 10
_FIRST_WAIT = 0.25
_TOGETHER = 16
_LARGEST_BATCH = 100
_ANSWER_SECONDS = 10.0  # both providers give up on a receiver after 10 to 15 s


@dataclass(frozen=True, slots=True)
class Letter:
    """One request to the receiver."""

    url: str
    body: bytes
    headers: dict[str, str]


@dataclass(slots=True)
class Step:
    """One thing to tell about a message, and what follows once it was told."""

    message_id: str
    name: str
    note: dict[str, str] = field(default_factory=dict)  # kept in the book with it
    letter: Letter | None = None  # a request of its own …
    event: dict[str, Any] = field(default_factory=dict)  # … or one of a batch of events
    then: Sequence["Step"] = ()
    tries: int = 0


class Courier:
    """Posts each step after `delay` seconds, then again after growing waits until it is taken.

    `pack` makes the signed request of a batch when it leaves, so that it carries that time.
    """

    def __init__(
        self,
        book: Book,
        clock: Clock,
        pack: Callable[[list[dict[str, Any]]], Letter],
        *,
        delay: float,
        longest_wait: float = 30.0,
    ) -> None:
        self._book = book
        self._clock = clock
        self._pack = pack
        self._delay = delay
        self._longest_wait = longest_wait
        self._heap: list[tuple[float, int, Step]] = []
        self._order = count()
        self._posting = 0
        self._flushing = 0
        self._changed = asyncio.Event()

    def tell(self, steps: Sequence[Step]) -> None:
        """Tell `steps` one after another."""
        if steps:
            steps[0].then = steps[1:]
            self._push(steps[0], 0.0 if self._flushing else self._delay)

    def pending(self) -> int:
        return len(self._heap) + self._posting

    async def run(self) -> None:
        """Work until cancelled."""
        timeout = aiohttp.ClientTimeout(total=_ANSWER_SECONDS)
        async with (
            aiohttp.ClientSession(timeout=timeout, cookie_jar=aiohttp.DummyCookieJar()) as session,
            asyncio.TaskGroup() as posts,
        ):
            while True:
                self._changed.clear()
                for parcel in self._parcels():
                    self._posting += len(parcel)
                    posts.create_task(self._deliver(session, parcel))
                await self._wait_for_change()

    async def flush(self, seconds: float) -> bool:
        """Tell everything without its delay; False if something is untold after `seconds`.

        What a receiver refused still waits before it is told again: else a flush beside a receiver
        that is starting would use up every try at once.
        """
        self._flushing += 1
        self._heap = [(due if step.tries else 0.0, order, step) for due, order, step in self._heap]
        heapq.heapify(self._heap)
        self._changed.set()
        try:
            async with asyncio.timeout(seconds):
                while self.pending():
                    await asyncio.sleep(0.005)
        except TimeoutError:
            return False
        finally:
            self._flushing -= 1
        return True

    def _push(self, step: Step, wait: float) -> None:
        due = asyncio.get_running_loop().time() + wait
        heapq.heappush(self._heap, (due, next(self._order), step))
        if self._heap[0][2] is step:
            self._changed.set()

    def _parcels(self) -> Iterator[list[Step]]:
        """What is due, as many steps to a request as may go together."""
        batch: list[Step] = []
        while self._posting < _TOGETHER and self._is_due():
            step = heapq.heappop(self._heap)[2]
            if step.letter is not None:
                yield [step]
                continue
            batch.append(step)
            if len(batch) == _LARGEST_BATCH:
                yield batch
                batch = []
        if batch:
            yield batch

    def _is_due(self) -> bool:
        return bool(self._heap) and self._heap[0][0] <= asyncio.get_running_loop().time()

    async def _wait_for_change(self) -> None:
        wait = None
        if self._heap and self._posting < _TOGETHER:
            wait = max(0.0, self._heap[0][0] - asyncio.get_running_loop().time())
        try:
            async with asyncio.timeout(wait):
                await self._changed.wait()
        except TimeoutError:
            return

    async def _deliver(self, session: aiohttp.ClientSession, parcel: list[Step]) -> None:
        letter = parcel[0].letter or self._pack([step.event for step in parcel])
        answer = await _post(session, letter)
        self._posting -= len(parcel)
        self._changed.set()
        for step in parcel:
            step.tries += 1
            if answer.startswith("2") or step.tries >= _TRIES:
                self._note(step, answer)
                self.tell(step.then)
            else:
                self._push(step, min(_FIRST_WAIT * 2**step.tries, self._longest_wait))

    def _note(self, step: Step, answer: str) -> None:
        entry = {
            "at": self._clock.now().isoformat(),
            "id": step.message_id,
            "event": step.name,
            "answer": answer,
        }
        self._book.tell(entry | step.note)


async def _post(session: aiohttp.ClientSession, letter: Letter) -> str:
    """The receiver's status, or why there is none."""
    try:
        async with session.post(
            letter.url, data=letter.body, headers=letter.headers, allow_redirects=False
        ) as response:
            await response.read()
            return str(response.status)
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        return type(error).__name__
