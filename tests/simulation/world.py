"""A simulated world: processes that run the production passes, a provider, customers, people.

Everything happens by a call from outside, one step at a time; what calls (random numbers, or
Hypothesis) decides the order. A process dies by never being run again.
"""

import asyncio
import random
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, update

from contacts.channels.outbox import Outbox
from contacts.channels.sendgrid import SendGrid
from contacts.channels.sendgrid.lookup import SendGridActivity
from contacts.channels.twilio import Twilio
from contacts.channels.twilio.lookup import TwilioMessages
from contacts.delivery.lookups import in_doubt, look_up
from contacts.delivery.planning.plan import plan
from contacts.delivery.reconcile import reconcile
from contacts.delivery.send import send_due
from contacts.listening.apply import apply_events
from contacts.listening.unsubscribe import unsubscribe
from contacts.record.book.owners import sync_owners
from contacts.record.doubt.held import Word, answer_review
from contacts.record.engine import writing
from contacts.record.sending.channels import open_channel
from contacts.record.tables import Consent, Customer
from contacts.record.work.tasks import close_task
from tests.simulation.clock import Clock
from tests.simulation.letters import Letter, parsed
from tests.simulation.loop import Job, SimulatedLoop
from tests.simulation.promises import Broken, Promises
from tests.simulation.provider import FATES, Exchange, Provider, Question
from tests.simulation.record import Killed, Record
from tests.simulation.town import OWNER, Office, cadences, newcomer

A_STEP = 0.02
"""Seconds that each step of a process takes."""
LONGEST_WAY = timedelta(minutes=4)
"""How long a request may travel in a world that sends again what is proved absent."""


@dataclass(eq=False)
class Process:
    """A process that sends, on a machine whose clock may be wrong."""

    number: int
    skew: timedelta
    alive: bool = True
    stopping: bool = False  # told to end by SIGTERM
    jobs: deque[Job] = field(default_factory=deque)
    task: asyncio.Task[Any] | None = None

    def __str__(self) -> str:
        return f"process {self.number}"


class World:
    """One life, from an empty record on."""

    def __init__(
        self,
        record: Record,
        office: Office,
        *,
        first: datetime,
        batch: int,
        trusting: bool = False,
    ) -> None:
        """`trusting`: what its provider proves absent is sent again by itself (`resend`)."""
        self.trusting = trusting
        self.clock = Clock(first)
        self.record = record
        record.begin_anew(self.clock)
        self.settings = office.settings.model_copy(update={"batch_size": batch})
        self._templates = office.templates
        self.loop = SimulatedLoop(self.clock)
        self.promises = Promises(record, self.clock, settings=self.settings)
        self.provider = Provider(self.clock, begun=self._begun)
        self._texts = cadences(resend=trusting)
        self.cadences = {name: texts[0] for name, texts in self._texts.items()}
        self.processes: list[Process] = []
        self.trace: list[str] = []
        self._dead: list[Process] = []  # kept, so that nothing of them is ever cleaned up
        self._unliftable: set[tuple[str, str]] = set()  # opted out on our page: START lifts not
        self._broken: list[Broken] = []  # promises, found inside a task that may yet be killed
        self._count = 0  # of processes and letters of people
        with writing(record.engine) as connection:
            sync_owners(connection, self.settings)

    # What processes do.

    def start(self, *, skew: timedelta = timedelta(0)) -> None:
        """A process begins a pass over everything."""
        self._count += 1
        process = Process(self._count, skew)
        self.processes.append(process)
        self._say(f"{process} begins, its clock {skew} off")
        process.task = self.loop.begin(self._pass(process), owner=process)
        self.loop.drain()

    def busy(self) -> list[Process]:
        """Processes that have something to do right now."""
        return [one for one in self.processes if one.jobs]

    def work(self, process: Process, *, killed_at: int | None = None) -> None:
        """It does the next piece of work, or dies at the nth begin or commit in it."""
        job = process.jobs.popleft()
        self.clock.advance(A_STEP)
        try:
            answer = self._do(job, killed_at)
        except Killed:
            self._say(f"{process}: {job.name}")
            self.promises.committed(self.clock.now + process.skew)
            self.kill(process)
            return
        self._say(f"{process}: {job.name}")
        self.promises.committed(self.clock.now + process.skew)
        job.answer.set_result(answer)
        self._go_on()

    def kill(self, process: Process) -> None:
        """SIGKILL: nothing of it runs any more; what it sent may still arrive."""
        self._say(f"{process} is killed")
        process.alive = False
        process.jobs.clear()
        self.processes.remove(process)
        self._dead.append(process)

    def terminate(self, process: Process) -> None:
        """SIGTERM: it begins nothing more."""
        self._say(f"{process} is told to end")
        process.stopping = True

    def finish(self) -> None:
        """Every process works to its end; every request arrives and is answered."""
        while self.processes:
            if self.busy():
                self.work(self.busy()[0])
            elif self.provider.questions:
                self.show_list(self.provider.questions[0])
            elif self.provider.on_way:
                self.arrive(self.provider.on_way[0], "accept")
            else:
                self.hear(self.provider.answered[0])

    # What the wire and the provider do.

    def arrive(
        self,
        exchange: Exchange,
        fate: str,
        *,
        wait: int = 30,
        bounces: bool = False,
        listed_after: int = 0,
    ) -> None:
        self._say(f"{_named(exchange)} arrives: {fate}")
        self.provider.arrive(
            exchange,
            FATES[fate],
            retry_after=wait,
            bounces=bounces,
            listed_after=listed_after,
        )

    def show_list(self, question: Question, *, silent: bool = False) -> None:
        self._say(f"{question.process} asks for a list, and gets {'no' if silent else 'an'} answer")
        self.provider.answer(question, silent=silent)
        self._go_on()

    def lose(self, exchange: Exchange) -> None:
        self._say(f"{_named(exchange)} is lost on its way")
        self.provider.lose(exchange)

    def hear(self, exchange: Exchange) -> None:
        self._say(f"the answer to {_named(exchange)} comes back")
        self.provider.hear(exchange)
        self._go_on()

    def waiting(self) -> list[Exchange]:
        """Requests whose senders still wait."""
        return [one for one in self.provider.on_way if _is_awaited(one)]

    def give_up(self, exchange: Exchange) -> None:
        self._say(f"{_named(exchange)} is given up by its sender")
        self.clock.advance(self.settings.request_timeout)
        self.provider.give_up(exchange)
        self._go_on()

    def tell(self, letters: Sequence[Letter], *, killed_at: int | None = None) -> None:
        """These letters come to the webhooks, whose process may die on it."""
        now = self.clock.now
        events = parsed(letters, now=now)

        def take_in() -> None:
            with writing(self.record.engine) as connection:
                apply_events(connection, events, settings=self.settings, now=now)

        self._say(f"told: {', '.join(map(str, letters))}")
        try:
            self._dying(take_in, killed_at)
        except Killed:
            self._say("the webhooks' process is killed")
            return
        for letter in letters:
            if not letter.told:
                self._heed(letter)
            letter.told = True

    # What customers and people do.

    def join(self, rng: random.Random) -> None:
        """A new customer, who agreed to be written to, or not."""
        number = 1 + self.record.look("SELECT count(*) FROM customers")[0][0]
        row = newcomer(number, rng, self.clock.now)
        row["owner_id"] = self.record.look("SELECT id FROM owners WHERE email = ?", OWNER)[0][0]
        agreed = [channel for channel in ("email", "sms") if rng.random() < 0.85]
        self._say(f"customer {number} joins from {row['timezone']}, agrees to {agreed}")
        with writing(self.record.engine) as connection:
            connection.execute(insert(Customer).values(row))
            for channel in agreed:
                consent = {"customer_id": number, "channel": channel, "granted": True}
                at = {"at": self.clock.now, "recorded_at": self.clock.now, "source": "form"}
                connection.execute(insert(Consent).values(consent | at))

    def customers(self) -> list[int]:
        return [row["id"] for row in self.record.look("SELECT id FROM customers ORDER BY id")]

    def leaves(self, customer: int) -> None:
        self._say(f"customer {customer} is a customer no more")
        with writing(self.record.engine) as connection:
            left = update(Customer).where(Customer.id == customer).values(active=False)
            connection.execute(left)

    def write_in(self, customer: int, channel: str, words: str) -> None:
        """A customer writes; the letter is on its way to the webhooks."""
        row = self.record.look("SELECT email, phone FROM customers WHERE id = ?", customer)[0]
        self._count += 1
        if channel == "sms" and row["phone"] is None:
            return
        self._say(f"customer {customer} writes by {channel}: {words}")
        if channel == "sms":
            fields = {"MessageSid": f"SM{self._count + 2**64:032x}", "From": row["phone"]}
            letter = Letter("sms", fields | {"Body": words}, self.clock.now)
        else:
            headers = f"Message-ID: <{self._count}@example.com>"
            fields = {"from": row["email"], "to": "hello@example.com", "headers": headers}
            letter = Letter("mail", fields | {"text": words}, self.clock.now)
        self.provider.letters.append(letter)

    def press_link(self, customer: int, channel: str) -> None:
        """A customer unsubscribes on our page."""
        row = self.record.look("SELECT email, phone FROM customers WHERE id = ?", customer)[0]
        addresses = {"email": row["email"], "sms": row["phone"]}
        everything = customer % 2 == 0
        self._say(
            f"customer {customer} unsubscribes from {'everything' if everything else channel}"
        )
        with writing(self.record.engine) as connection:
            unsubscribe(
                connection, customer, channel,
                everything=everything, settings=self.settings, now=self.clock.now,
            )  # fmt: skip
        for stopped in addresses if everything else [channel]:
            if (address := addresses[stopped]) is not None:
                marketing_only = stopped == "email" and not everything
                self.promises.opted_out(stopped, address, marketing_only=marketing_only)
                self._unliftable.add((stopped, address))

    def open_tasks(self) -> list[int]:
        return [row["id"] for row in self.record.look("SELECT id FROM tasks WHERE state = 'open'")]

    def close(self, task: int) -> None:
        self._say(f"task {task} is done")
        with writing(self.record.engine) as connection:
            close_task(connection, task, "done", now=self.clock.now)

    def held(self) -> list[int]:
        """Touches of which nobody knows whether they arrived."""
        rows = self.record.look("SELECT id FROM touches WHERE state = 'needs_review' ORDER BY id")
        return [row["id"] for row in rows]

    def review(self, touch: int, word: Word) -> None:
        """A person says what became of it, and may be wrong."""
        self._say(f"of touch {touch} a person says: {word}")
        with writing(self.record.engine) as connection:
            answer_review(connection, touch, word, now=self.clock.now)
        self.promises.reviewed(touch)

    def open_channels(self) -> None:
        self._say("the channels are opened")
        with writing(self.record.engine) as connection:
            for channel in ("email", "sms"):
                open_channel(connection, channel, now=self.clock.now)

    def edit(self, name: str, text: int) -> None:
        """An account owner saves another text of a cadence; those inside keep theirs."""
        texts = self._texts[name]
        self._say(f"'{name}' is edited: text {text % len(texts)}")
        self.cadences[name] = texts[text % len(texts)]

    def wait(self, seconds: float) -> None:
        if self.trusting:
            self._let_arrive(before=self.clock.now + timedelta(seconds=seconds))
        self.clock.advance(seconds)
        self._say(f"{timedelta(seconds=round(seconds))} go by")
        self._go_on()

    def check(self) -> None:
        """Hold every promise that can be held at any moment."""
        self.promises.check(self.provider)
        assert not self.loop.complaints, self.loop.complaints

    async def _pass(self, process: Process) -> None:
        """What `touchline tick` does, in the same order."""
        engine, loop = self.record.engine, asyncio.get_running_loop()
        outbox = self._outbox()

        def now() -> datetime:
            return self.clock.now + process.skew

        def reconciling() -> int:
            return reconcile(engine, now=now())

        def planning() -> object:
            return plan(engine, list(self.cadences.values()), settings=self.settings, now=now())

        if in_doubt(engine):
            await look_up(engine, outbox, now=now())
        await loop.run_in_executor(None, reconciling)
        await loop.run_in_executor(None, planning)
        await send_due(
            engine,
            outbox,
            settings=self.settings,
            templates=self._templates,
            now=now(),
            go_on=lambda: not process.stopping,
            monotonic=self.clock.monotonic,
        )

    def _outbox(self) -> Outbox:
        """The production senders and lists, on the simulated wire."""
        wire = self.provider
        mail = {"api_key": "key", "base_url": "https://mail.example"}
        texts = {"account_sid": "AC0", "auth_token": "token", "base_url": "https://sms.example"}
        texts |= {"sender": "+15005550006"}
        status_url = "https://touchline.example/webhooks/twilio/status"
        return Outbox(
            email=SendGrid(wire, **mail),
            sms=Twilio(wire, status_url=status_url, **texts),
            live=frozenset(),
            lists={"email": SendGridActivity(wire, **mail), "sms": TwilioMessages(wire, **texts)},
        )

    def _let_arrive(self, *, before: datetime) -> None:
        """What proof of absence rests on: no request travels for longer than the settle time."""
        for exchange in list(self.provider.on_way):
            if exchange.begun_at + LONGEST_WAY < before:
                self.arrive(exchange, "accept", listed_after=240)

    def _do(self, job: Job, killed_at: int | None) -> Any:
        return self._dying(lambda: job.work(*job.arguments), killed_at)

    def _dying(self, work: Any, killed_at: int | None) -> Any:
        return work() if killed_at is None else self.record.dying(work, boundary=killed_at)

    def _go_on(self) -> None:
        """Let whatever can run do so, and see who has come to an end."""
        self.loop.drain()
        if self._broken:
            raise self._broken[0]
        for process in [one for one in self.processes if one.task and one.task.done()]:
            self.processes.remove(process)
            assert process.task is not None
            process.task.result()  # a fault of the code under test is a fault of the simulation
            self._say(f"{process} ends")

    def _begun(self, exchange: Exchange) -> None:
        self._say(f"{_named(exchange)} begins")
        try:
            self.promises.begun(exchange)
        except Broken as broken:
            self._broken.append(broken)
            raise

    def _heed(self, letter: Letter) -> None:
        """What a letter that was taken in for the first time asks of us."""
        words = letter.payload.get("Body") or letter.payload.get("text")
        if letter.kind == "sms" and words == "STOP":
            self.promises.opted_out("sms", letter.payload["From"])
            self._unliftable.discard(("sms", letter.payload["From"]))
        elif letter.kind == "mail" and words == "unsubscribe":
            self.promises.opted_out("email", letter.payload["from"])
        elif words == "START" and ("sms", letter.payload["From"]) not in self._unliftable:
            self.promises.opted_in("sms", letter.payload["From"])

    def _say(self, words: str) -> None:
        self.trace.append(f"{self.clock.now:%Y-%m-%d %H:%M:%S}  {words}")


def _is_awaited(exchange: Exchange) -> bool:
    return bool(exchange.process.alive) and not exchange.answer.done()


def _named(exchange: Exchange) -> str:
    return f"a request of {exchange.process} to {exchange.to}"
