"""SendGrid and Twilio at the far end of a wire that loses, delays and garbles what it carries.

What it accepted is the truth that the promise is measured by. Both speak their real words: the
production senders build the requests and read the answers.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson

from contacts.channels.outgoing import Answer
from contacts.channels.wire import Reply, WireFailure
from tests.simulation.clock import Clock
from tests.simulation.letters import Letter, of_mail, of_sms
from tests.simulation.loop import OWNER

Heard = Reply | WireFailure


@dataclass(eq=False, slots=True)
class Exchange:
    """One request, and what became of it."""

    attempt_id: str
    channel: str
    to: str
    process: Any  # that sent it
    answer: asyncio.Future[Heard]
    begun_at: datetime
    words: str = ""  # of an SMS
    heard: Heard | None = None  # the provider's answer, on its way back
    known_absent: bool = False
    """Whether the sender was told, beyond doubt, that the provider does not have it; or a person
    said to send it again all the same."""
    may_arrive: bool = True
    """Whether it is at the provider, or may yet come there: the truth, which no sender knows."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """A message that the provider has."""

    exchange: Exchange
    provider_id: str
    at: datetime
    listed_at: datetime
    """From when on the provider's list shows it."""


@dataclass(eq=False, slots=True)
class Question:
    """A look at a provider's list."""

    url: str
    process: Any
    answer: asyncio.Future[Heard]


@dataclass(frozen=True, slots=True)
class Fate:
    """What the provider does with a request, and what its sender gets to hear."""

    accepts: bool
    status: int = 0  # 0: the connection breaks instead
    failure: WireFailure | None = None

    @property
    def refuses(self) -> bool:
        """Whether the sender may be sure that it was not accepted."""
        if self.failure is not None:
            return self.failure.answer is Answer.RETRY
        return self.status in (400, 401, 429)


FATES = {
    "accept": Fate(accepts=True, status=200),
    "accept, then 500": Fate(accepts=True, status=500),
    "accept, then reset": Fate(accepts=True, failure=WireFailure(Answer.UNKNOWN, "reset")),
    "accept, then a page": Fate(accepts=True, status=299),
    "refuse": Fate(accepts=False, status=400),
    "throttle": Fate(accepts=False, status=429),
    "lock out": Fate(accepts=False, status=401),
    "500": Fate(accepts=False, status=500),
    "reset": Fate(accepts=False, failure=WireFailure(Answer.UNKNOWN, "reset")),
    "login page": Fate(accepts=False, status=302),
    "cannot connect": Fate(accepts=False, failure=WireFailure(Answer.RETRY, "connect")),
}
MOODS: dict[str, dict[str, float]] = {
    "well": {"accept": 1},
    "flaky": {name: 6 if name == "accept" else 1 for name in FATES if name != "lock out"},
    "down": {"500": 4, "reset": 2, "accept, then 500": 1, "cannot connect": 1},
    "busy": {"throttle": 3, "accept": 1},
    "locked": {"lock out": 3, "accept": 1},
}
TIMED_OUT = WireFailure(Answer.UNKNOWN, "timeout")


@dataclass
class Provider:
    """A `wire.Wire`. `begun` is called as a request begins."""

    clock: Clock
    begun: Callable[[Exchange], None]
    on_way: list[Exchange] = field(default_factory=list)
    """Requests that have not reached the provider, though their senders may be gone."""
    answered: list[Exchange] = field(default_factory=list)
    """Requests whose answer is on its way back."""
    questions: list[Question] = field(default_factory=list)
    accepted: list[Accepted] = field(default_factory=list)
    letters: list[Letter] = field(default_factory=list)
    """Every event that the accepted messages ever gave rise to, told or not."""

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Heard:
        exchange = self._read(url, body)
        self.begun(exchange)
        self.on_way.append(exchange)
        return await exchange.answer

    async def get(self, url: str, headers: Mapping[str, str]) -> Heard:
        question = Question(url, OWNER.get(), asyncio.get_running_loop().create_future())
        self.questions.append(question)
        return await question.answer

    def arrive(
        self, exchange: Exchange, fate: Fate, *, retry_after: int, bounces: bool, listed_after: int
    ) -> None:
        """The request reaches the provider, which does with it as `fate` says."""
        self.on_way.remove(exchange)
        exchange.may_arrive = fate.accepts
        provider_id = ""
        if fate.accepts:
            provider_id = f"SM{len(self.accepted) + 1:032x}"
            now = self.clock.now
            listed_at = now + timedelta(seconds=listed_after)
            self.accepted.append(Accepted(exchange, provider_id, now, listed_at))
            course = of_mail if exchange.channel == "email" else of_sms
            said = course(exchange.attempt_id, exchange.to, provider_id, bounces=bounces)
            self.letters += [Letter(kind, payload, self.clock.now) for kind, payload in said]
        if not exchange.answer.done():
            exchange.heard = fate.failure or _reply(exchange, fate, provider_id, retry_after)
            exchange.known_absent = fate.refuses
            self.answered.append(exchange)

    def lose(self, exchange: Exchange) -> None:
        """The request never reaches the provider, and nobody is told."""
        self.on_way.remove(exchange)
        exchange.may_arrive = False

    def answer(self, question: Question, *, silent: bool) -> None:
        """The provider shows its list, or does not."""
        self.questions.remove(question)
        if question.process.alive:
            reply = Reply(503, {}, b"") if silent else self._list(question.url)
            question.answer.set_result(reply)

    def hear(self, exchange: Exchange) -> None:
        """The answer reaches the sender, if there still is one."""
        self.answered.remove(exchange)
        if exchange.process.alive:
            assert exchange.heard is not None
            exchange.answer.set_result(exchange.heard)
        else:
            exchange.known_absent = False  # nobody heard it

    def give_up(self, exchange: Exchange) -> None:
        """The sender waits no longer; the request may arrive all the same."""
        exchange.answer.set_result(TIMED_OUT)

    def _read(self, url: str, body: bytes) -> Exchange:
        if url.endswith("/v3/mail/send"):
            person = orjson.loads(body)["personalizations"][0]
            channel, to, words = "email", person["to"][0]["email"], ""
            attempt_id = person["custom_args"]["attempt_id"]
        else:
            form = parse_qs(body.decode("ascii"))
            channel, to, words = "sms", form["To"][0], form["Body"][0]
            attempt_id = parse_qs(urlsplit(form["StatusCallback"][0]).query)["attempt"][0]
        answer = asyncio.get_running_loop().create_future()
        return Exchange(attempt_id, channel, to, OWNER.get(), answer, self.clock.now, words)

    def _list(self, url: str) -> Reply:
        listed = [one for one in self.accepted if one.listed_at <= self.clock.now]
        asked = parse_qs(urlsplit(url).query)
        if "query" in asked:
            found = [one for one in listed if one.exchange.attempt_id in asked["query"][0]]
            messages = [{"msg_id": f"{one.provider_id}.recvd-0"} for one in found]
            return Reply(200, {}, orjson.dumps({"messages": messages}))
        to = asked["To"][0]
        texts = [_text(one) for one in listed if one.exchange.to == to]
        return Reply(200, {}, orjson.dumps({"messages": texts, "next_page_uri": None}))


def _text(one: Accepted) -> dict[str, str]:
    """A message as Twilio lists it."""
    return {
        "sid": one.provider_id,
        "body": one.exchange.words,
        "direction": "outbound-api",
        "date_created": format_datetime(one.at),
    }


def _reply(exchange: Exchange, fate: Fate, provider_id: str, retry_after: int) -> Reply:
    is_mail = exchange.channel == "email"
    headers: dict[str, str] = {}
    status, body = fate.status, b"{}"
    if status == 200:
        status = 202 if is_mail else 201
        headers, body = {"X-Message-Id": provider_id}, orjson.dumps({"sid": provider_id})
    elif status == 299:  # a proxy's page under the status of success
        status, body = (202 if is_mail else 201), b"<p>Welcome</p>"
    elif status == 429:
        headers = {"Retry-After": str(retry_after)}
    elif status == 400:
        body = orjson.dumps({"errors": [{"field": "to"}]} if is_mail else {"code": 21211})
    return Reply(status, headers, body)
