"""Crowds and weather for delivery tests: many customers, a provider that is down or slow."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine, insert, select

from contacts.channels.outgoing import Answer, OutgoingEmail, OutgoingSms, Receipt
from contacts.channels.outgoing import Sender as AnySender
from contacts.record.engine import reading, writing
from contacts.record.sending.channels import ChannelState, channel_states
from contacts.record.tables import Attempt, Consent, Customer, Touch
from tests.cast import NOW
from tests.world import ACCEPTED, Sender

ERROR_500 = Receipt(Answer.UNKNOWN, http_status=500, code="500")


@dataclass
class Weather(Sender):
    """A provider that accepts, or answers everything with the storm's word."""

    storm: Receipt | None = None

    async def send(self, message: OutgoingEmail | OutgoingSms) -> Receipt:
        self.got.append(message)
        return self.storm or ACCEPTED


@dataclass
class Through(Sender):
    """A real way out, whose requests are kept."""

    way: AnySender[Any] = field(default_factory=Sender)

    async def send(self, message: OutgoingEmail | OutgoingSms) -> Receipt:
        self.got.append(message)
        receipt: Receipt = await self.way.send(message)
        return receipt


def crowd(engine: Engine, number: int, *, first: int = 0) -> None:
    """So many customers in New York who joined today and agreed to everything."""
    people = [
        {
            "email": f"carl{one}@example.com",
            "phone": f"+120255501{one % 100:02d}",
            "first_name": "Carl",
            "timezone": "America/New_York",
            "locale": "en",
            "country": "US",
            "joined_on": NOW.date(),
            "created_at": NOW,
            "updated_at": NOW,
        }
        for one in range(first, first + number)
    ]
    with writing(engine) as connection:
        connection.execute(insert(Customer), people)
        ids = connection.execute(select(Customer.id).order_by(Customer.id.desc()).limit(number))
        said = {"granted": True, "source": "form", "at": NOW, "recorded_at": NOW}
        yes = [said | {"customer_id": one, "channel": "sms"} for one in ids.scalars()]
        connection.execute(insert(Consent), yes)


def states(engine: Engine) -> Counter[str]:
    """How many touches are in each state."""
    with reading(engine) as connection:
        return Counter(connection.execute(select(Touch.state)).scalars())


def reasons(engine: Engine) -> Counter[str | None]:
    """How many touches wait, or ended, for each reason."""
    with reading(engine) as connection:
        return Counter(connection.execute(select(Touch.reason)).scalars())


def most_tries(engine: Engine) -> int:
    with reading(engine) as connection:
        return max(connection.execute(select(Touch.tries)).scalars())


def codes(engine: Engine) -> Counter[str | None]:
    """What was written down of the attempts that were not accepted."""
    with reading(engine) as connection:
        other = select(Attempt.code).where(Attempt.state != "accepted")
        return Counter(connection.execute(other).scalars())


def channel(engine: Engine, name: str = "email") -> ChannelState:
    with reading(engine) as connection:
        return next(one for one in channel_states(connection) if one.name == name)
