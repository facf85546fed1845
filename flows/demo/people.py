"""The people of the demo: customers answer now and then, owners do their tasks.

Who does what is decided by dice that know the customer and the message, so the same workspace lives
the same thirty days every time, and another cadence lives other ones.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any, Literal

from sqlalchemy import Connection, select

from contacts.cadences.outcomes import Outcome
from contacts.channels.links import unsubscribe_token
from contacts.channels.standin.replies import reply
from contacts.record.doubt.held import Word, answer_review
from contacts.record.engine import reading, writing
from contacts.record.phrases import NoteKind
from contacts.record.tables import Attempt, Customer, OwnerRow, Task, Touch
from contacts.record.work.notes import Note, record_note
from flows.demo.hours import after_the_night, can_talk, is_awake
from flows.demo.world import World

Act = Literal["reply", "stop", "unsubscribe"]
REPLIES = 0.07
STOPS = 0.01  # of an SMS, by the word STOP
UNSUBSCRIBES = 0.02  # of marketing mail, by its link
ANSWERED_BY = {
    "Thank you, all is well so far.": ("Wrote back to thank them.", "Read; nothing to do."),
    "Thanks for asking! Could somebody call me this week about the next delivery?": (
        "Rang them; the next delivery is agreed.",
    ),
    "We like it. Do you have something a little darker?": ("Wrote back with two darker roasts.",),
    "Can you send the invoice again, please?": ("Sent the invoice again.",),
    "All good here. See you next month!": ("Read; nothing to do.", "Wrote back: see you then."),
    "One question: how long does a bag keep once it is open?": (
        "Wrote back: four weeks, closed and in the dark.",
    ),
}
"""What customers write back, and what their owners then note."""
SETTLED_BY = {
    "call": NoteKind.CALL,
    "visit": NoteKind.VISIT,
    "letter": NoteKind.LETTER,
    "reply": NoteKind.NOTE,
    "reach": NoteKind.CALL,
    "check_in": NoteKind.CALL,
    "orders": NoteKind.CALL,
}
OUTCOMES = {
    "call": (
        "Spoke for ten minutes; they are happy and know whom to ask.",
        "Reached them; they asked for a smaller bag size next time.",
        "Left a message, they called back; all well.",
    ),
    "visit": ("Looked at the counter together and adjusted the grinder.",),
    "letter": ("Wrote a card by hand and posted it.",),
    "reach": ("Called; they prefer to hear from us by phone only.",),
    "check_in": ("Called; all is well, they had just been busy.",),
    "orders": ("Called; they still had stock, and will order next week.",),
}
_TAKES = {"reply": (2, 5, 20, 26)}  # hours until an owner gets to a task
_TAKES_ELSE = (20, 26, 44, 48)
_TAKES_LEAST = timedelta(hours=2)
_IN_TIME, _SOON = ("reach", "check_in"), timedelta(days=3)
"""These may lie weeks ahead; owners see to them in the last days before they are due."""


@dataclass(frozen=True, slots=True)
class _Reaction:
    at: datetime
    act: Act
    attempt_id: str
    customer_id: int
    timezone: str
    text: str


class People:
    def __init__(self, world: World, *, since: datetime) -> None:
        self._world = world
        self._since = since
        self._seen_until = since
        self._reactions: list[_Reaction] = []
        self.served = set[int]()
        """Customers whose tasks were done, until somebody sees to what comes next."""
        self._said: dict[int, set[str]] = {}  # by customer; nobody says the same thing twice

    async def live(self, now: datetime) -> bool:
        """Everything people do up to `now`; False if they did nothing."""
        with reading(self._world.engine) as connection:
            self._read_mail(connection, now)
        due = [one for one in self._reactions if one.at <= now and is_awake(now, one.timezone)]
        for reaction in due:
            self._reactions.remove(reaction)
            await self._act(reaction)
        return self._do_tasks(now) or bool(due)

    def _read_mail(self, connection: Connection, now: datetime) -> None:
        """Look at what was sent since the last time, and decide who will react, and when."""
        rows = connection.execute(
            select(
                Attempt.id,
                Attempt.channel,
                Attempt.started_at,
                Touch.customer_id,
                Touch.cadence,
                Touch.step_key,
                Touch.purpose,
                Customer.timezone,
            )
            .join(Touch, Touch.id == Attempt.touch_id)
            .join(Customer, Customer.id == Attempt.customer_id)
            .where(Attempt.state == "accepted", Attempt.started_at > self._seen_until)
            .order_by(Attempt.customer_id, Attempt.channel, Attempt.started_at)
        )
        for row in rows:
            day = (row.started_at - self._since).days
            dice = Random(f"{row.customer_id}/{row.cadence}/{row.step_key}/{day}")  # noqa: S311  # plays people, guards nothing
            reaction = self._reaction(row, dice)
            if reaction is not None:
                self._reactions.append(reaction)
        self._seen_until = now

    def _reaction(self, row: Any, dice: Random) -> _Reaction | None:
        chance = dice.random()
        wait = timedelta(hours=dice.randint(1, 30), minutes=dice.randint(0, 59))
        act = _choose(row.channel, row.purpose, chance)
        if act is None:
            return None
        text = "STOP" if act == "stop" else self._answer(row.customer_id, dice)
        at = after_the_night(row.started_at + wait, row.timezone)
        return _Reaction(at, act, row.id, row.customer_id, row.timezone, text)

    def _answer(self, customer_id: int, dice: Random) -> str:
        said = self._said.setdefault(customer_id, set())
        answer = dice.choice([one for one in ANSWERED_BY if one not in said] or [*ANSWERED_BY])
        said.add(answer)
        return answer

    async def _act(self, reaction: _Reaction) -> None:
        settings = self._world.settings
        if reaction.act == "unsubscribe":
            token = unsubscribe_token(settings.link_ring, reaction.customer_id, "email")
            await self._world.session.post(  # the page is here while the demo runs
                f"{settings.local_url}/u/{token}",
                data={"List-Unsubscribe": "One-Click"},
            )
            return
        state = self._world.standin.state
        for kept in state.book.newest():
            if kept.attempt_id == reaction.attempt_id:
                reply(state, kept, reaction.text)
                return

    def _do_tasks(self, now: datetime) -> bool:
        """Owners take a day or two for a task, less for a reply, at hours that suit both."""
        done = set[int]()
        with writing(self._world.engine) as connection:
            tasks = connection.execute(
                select(
                    Task.id,
                    Task.kind,
                    Task.brief,
                    Task.touch_id,
                    Task.opened_at,
                    Task.due_at,
                    Task.customer_id,
                    OwnerRow.timezone.label("owners"),
                    Customer.timezone.label("customers"),
                )
                .join(Customer, Customer.id == Task.customer_id)
                .outerjoin(OwnerRow, OwnerRow.id == Task.owner_id)
                .where(Task.state == "open", Task.opened_at <= now - _TAKES_LEAST)
            ).all()
            for task in tasks:
                dice = Random(f"{task.customer_id}/{task.kind}/{task.opened_at:%Y-%m-%d}")  # noqa: S311  # plays people, guards nothing
                takes = timedelta(hours=dice.choice(_TAKES.get(task.kind, _TAKES_ELSE)))
                if _begun(task) + takes > now or not _can_talk(task, now):
                    continue
                done.add(task.customer_id)
                if task.kind == "review":
                    answer_review(connection, task.touch_id, Word.ARRIVED, now=now)
                    continue
                note = Note(
                    customer_id=task.customer_id,
                    kind=SETTLED_BY[task.kind],
                    text=dice.choice(_outcomes(task)),
                    at=now,
                    task_id=task.id,
                    result=Outcome.REACHED if task.kind in ("call", "visit") else None,
                )
                record_note(connection, note, now=now)
        self.served |= done
        return bool(done)


def _outcomes(task: Any) -> tuple[str, ...]:
    return ANSWERED_BY[task.brief] if task.kind == "reply" else OUTCOMES[task.kind]


def _begun(task: Any) -> datetime:
    """Since when an owner has had it before them."""
    opened: datetime = task.opened_at
    return max(opened, task.due_at - _SOON) if task.kind in _IN_TIME else opened


def _can_talk(task: Any, now: datetime) -> bool:
    owner = task.owners or task.customers
    return can_talk(now, owner=owner, customer=task.customers, since=task.opened_at)


def _choose(channel: str, purpose: str, chance: float) -> Act | None:
    if channel == "sms" and chance < STOPS:
        return "stop"
    if channel == "email" and purpose == "marketing" and chance < UNSUBSCRIBES:
        return "unsubscribe"
    return "reply" if chance > 1 - REPLIES else None
