"""While answers take their time, the next batch is got ready, and no more than that is in doubt."""

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from sqlalchemy import Engine

from contacts.channels.outgoing import OutgoingEmail, OutgoingSms, Receipt
from contacts.messages.rendered import RenderedEmail
from contacts.messages.templates import Context, Templates
from contacts.record.engine import writing
from contacts.settings import Settings
from tests.cast import NOW, customer
from tests.world import Sender, World, world

HELLO = "  - {key: hello, channel: email, template: hello, day: 0}\n"
CUSTOMERS, BATCH = 6, 2
LONG = 20.0  # seconds; only a test that fails waits for so long
A_MOMENT = 0.05  # seconds, in which another thread would render if it were let


class Watched(Templates):
    """Tells of each mail that it renders."""

    rendered: Callable[[], None]

    def email(self, name: str, locale: str, context: Context) -> RenderedEmail:
        self.rendered()
        return super().email(name, locale, context)


@dataclass
class Slow(Sender):
    """Answers nothing before it is let."""

    may_answer: asyncio.Event = field(default_factory=asyncio.Event)

    async def send(self, message: OutgoingEmail | OutgoingSms) -> Receipt:
        receipt = await super().send(message)
        await self.may_answer.wait()
        return receipt


@pytest.fixture
def small(engine: Engine, settings: Settings) -> World:
    """Six customers are due a message, in batches of two."""
    small = world(engine, settings.model_copy(update={"batch_size": BATCH}), HELLO)
    with writing(engine) as connection:
        for number in range(CUSTOMERS):
            customer(connection, email=f"customer-{number}@example.com")
    small.plan(NOW)
    return small


def tell(small: World, rendered: Callable[[], None]) -> None:
    """Have the world tell of each mail that it renders."""
    small.templates = watched = Watched([small.settings.workspace / "templates"])
    watched.rendered = rendered


async def test_the_next_batch_is_rendered_while_the_answers_take_their_time(
    small: World,
) -> None:
    loop, ahead, rendered = asyncio.get_running_loop(), asyncio.Event(), []

    def count() -> None:
        rendered.append(None)
        if len(rendered) == 2 * BATCH:
            loop.call_soon_threadsafe(ahead.set)

    tell(small, count)
    small.email = slow = Slow()
    sending = asyncio.create_task(small.send(NOW))
    try:
        await asyncio.wait_for(ahead.wait(), LONG)
        assert small.attempts() == ["sending"] * BATCH  # and no more than a batch is in doubt
    finally:
        slow.may_answer.set()
        await sending
    assert small.attempts() == ["accepted"] * CUSTOMERS


async def test_the_requests_of_a_wave_begin_before_the_next_batch_is_rendered(small: World) -> None:
    rendered, overtaken = threading.Event(), []

    def begin() -> None:
        rendered.clear()
        overtaken.append(rendered.wait(A_MOMENT))

    tell(small, rendered.set)
    small.email.asked = begin
    await small.send(NOW)
    assert overtaken[BATCH:] == [False] * (CUSTOMERS - BATCH)  # the very first wave is one request
