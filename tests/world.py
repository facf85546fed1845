"""A small world for delivery tests: a cadence, its messages, and senders that remember."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, select

from contacts.cadences.load import parse_cadence
from contacts.cadences.loaded import LoadedCadence
from contacts.channels.outbox import Outbox
from contacts.channels.outgoing import Answer, OutgoingEmail, OutgoingSms, Receipt
from contacts.delivery.planning.plan import plan
from contacts.delivery.reports import PlanReport, SendReport
from contacts.delivery.send import send_due
from contacts.messages.templates import Templates, templates_of
from contacts.record.engine import reading
from contacts.record.tables import Attempt, Task, Touch
from contacts.settings import Settings

ACCEPTED = Receipt(Answer.ACCEPTED, provider_id="p-1", http_status=202)

MESSAGES = {
    "email/hello/subject.txt": "Hello {{ customer.first_name }}",
    "email/hello/body.html": "<p>Welcome, {{ customer.first_name }}!</p>",
    "email/hello/body.txt": "Welcome, {{ customer.first_name }}!",
    "email/offer/subject.txt": "An offer",
    "email/offer/body.html": "{% extends 'email/_base/layout.html' %}"
    "{% block content %}<p>An offer.</p>{% endblock %}",
    "email/offer/body.txt": "An offer. {{ links.unsubscribe }}",
    "sms/ping/body.txt": "Hello {{ customer.first_name }}, all well?",
    "email/ping/subject.txt": "All well?",
    "email/ping/body.html": "<p>All well?</p>",
    "email/ping/body.txt": "All well?",
    "email/broken/subject.txt": "{{ customer.attributes.seats }} seats",
    "email/broken/body.html": "<p>Hello</p>",
    "email/broken/body.txt": "Hello",
    "briefs/welcome/title.txt": "Call {{ customer.first_name }}",
    "briefs/welcome/body.txt": "Say hello.",
}


@dataclass
class Sender:
    """Stands for a provider: keeps what it got and answers as told, accepting by default."""

    got: list[Any] = field(default_factory=list)
    answers: list[Receipt] = field(default_factory=list)
    asked: Callable[[], None] = lambda: None  # called while a request is on its way

    async def send(self, message: OutgoingEmail | OutgoingSms) -> Receipt:
        self.asked()
        self.got.append(message)
        return self.answers.pop(0) if self.answers else ACCEPTED


@dataclass
class Stumbling(Sender):
    """A provider's client with a bug at its nth message."""

    at: int = 1

    async def send(self, message: OutgoingEmail | OutgoingSms) -> Receipt:
        receipt = await super().send(message)
        if len(self.got) == self.at:
            raise ZeroDivisionError
        return receipt


@dataclass
class World:
    engine: Engine
    settings: Settings
    cadence: LoadedCadence
    templates: Templates
    email: Sender = field(default_factory=Sender)
    sms: Sender = field(default_factory=Sender)

    def plan(self, now: datetime) -> PlanReport:
        return plan(self.engine, [self.cadence], settings=self.settings, now=now)

    async def send(self, now: datetime, *, paused: frozenset[str] = frozenset()) -> SendReport:
        return await send_due(
            self.engine,
            Outbox(email=self.email, sms=self.sms, live=frozenset()),
            settings=self.settings,
            templates=self.templates,
            now=now,
            paused=paused,
        )

    async def tick(self, now: datetime) -> SendReport:
        self.plan(now)
        return await self.send(now)

    def touches(self) -> list[tuple[str, str, str | None]]:
        """(step, state, reason) of every touch, oldest first."""
        with reading(self.engine) as connection:
            rows = connection.execute(
                select(Touch.step_key, Touch.state, Touch.reason).order_by(Touch.id)
            )
            return [(row.step_key, row.state, row.reason) for row in rows]

    def attempts(self) -> list[str]:
        """The state of every attempt, oldest first."""
        with reading(self.engine) as connection:
            return list(connection.execute(select(Attempt.state).order_by(Attempt.id)).scalars())

    def tasks(self) -> list[Any]:
        with reading(self.engine) as connection:
            return list(connection.execute(select(Task).order_by(Task.id)))


def world(engine: Engine, settings: Settings, steps: str, **top: str) -> World:
    """A world whose one cadence takes in every customer and has these steps."""
    for name, words in MESSAGES.items():
        path = settings.workspace / "templates" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(words, encoding="utf-8")
    return World(engine, settings, loaded(steps, **top), templates_of(settings))


def loaded(steps: str, **top: str) -> LoadedCadence:
    keys = {
        "name": "sample",
        "goal": "to be tested",
        "purpose": "service",
        "start": "{on: customer.added}",
    } | top
    source = "\n".join([*(f"{key}: {value}" for key, value in keys.items()), "steps:", steps])
    cadence = parse_cadence(source, f"{keys['name']}.yaml")
    digest = hashlib.sha256(source.encode()).hexdigest()
    return LoadedCadence(cadence, source, digest, Path(f"{keys['name']}.yaml"))
