"""A pass of sending that is told to stop: the wire is finished, the rest is anybody's."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine

from contacts.channels.outbox import Outbox
from contacts.delivery.reports import SendReport
from contacts.delivery.send import send_due
from contacts.record.engine import writing
from contacts.settings import Settings
from tests.cast import NOW, customer
from tests.world import Sender, World, world

HELLO = "  - {key: hello, channel: email, template: hello, day: 0}\n"
CUSTOMERS = 7


class Stopping:
    """Told to stop as soon as `after` requests are on their way."""

    def __init__(self, after: int) -> None:
        self.left = after

    def asked(self) -> None:
        self.left -= 1

    def go_on(self) -> bool:
        return self.left > 0


@pytest.fixture
def small(engine: Engine, settings: Settings) -> World:
    """Seven customers are due a message, in batches of two."""
    small = world(engine, settings.model_copy(update={"batch_size": 2}), HELLO)
    with writing(engine) as connection:
        for number in range(CUSTOMERS):
            customer(connection, email=f"customer-{number}@example.com")
    small.plan(NOW)
    return small


async def send_until_told(small: World, *, after: int) -> SendReport:
    told = Stopping(after)
    small.email.asked = told.asked
    report = await send_due(
        small.engine,
        Outbox(email=small.email, sms=Sender(), live=frozenset()),
        settings=small.settings,
        templates=small.templates,
        now=NOW,
        go_on=told.go_on,
    )
    small.email.asked = lambda: None
    return report


@pytest.mark.parametrize("after", [1, 2, 3])
async def test_f13_told_to_stop_no_request_is_begun(small: World, after: int) -> None:
    report = await send_until_told(small, after=after)
    assert len(small.email.got) == after
    assert sum(counts.sent for counts in report.cadences.values()) == after
    assert small.attempts().count("accepted") == after
    assert "sending" not in small.attempts()


async def test_f13_what_was_claimed_and_not_begun_is_anybodys_at_once(small: World) -> None:
    await send_until_told(small, after=2)
    await small.send(NOW)
    assert len(small.email.got) == CUSTOMERS


async def test_f13_a_request_held_back_after_the_gate_is_sent_later_and_once(small: World) -> None:
    await send_until_told(small, after=1)  # its neighbour of the batch was gated, and not begun
    await small.send(NOW)
    assert len(small.email.got) == CUSTOMERS - 1
    await small.send(NOW + timedelta(minutes=5))
    assert sorted(mail.to for mail in small.email.got) == [
        f"customer-{number}@example.com" for number in range(CUSTOMERS)
    ]
