"""F53: a backup is put back, and nothing that left in the lost days leaves again."""

import shutil
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from contacts.channels.asking import Found, InDoubt, Listed, Looked, MessageList
from contacts.channels.incoming import EventKind, IncomingEvent
from contacts.channels.outbox import Outbox
from contacts.delivery.pausing.halt import Halt, Why
from contacts.delivery.pausing.restored import Desk, FilledIn, Lost, fill_in
from contacts.delivery.pausing.resume import go_on, halted
from contacts.listening.apply import apply_events
from contacts.record.engine import open_record, reading, writing
from contacts.record.sending.live import note_ways
from contacts.record.tables import Attempt, Touch
from contacts.settings import Settings
from tests.cast import NOW
from tests.coming_back import a_pass
from tests.storm import crowd
from tests.world import World, world

EVERY_DAY = "{days: [mon, tue, wed, thu, fri, sat, sun], holidays: ignore}"
MAILS = "".join(
    f"  - {{key: mail-{day}, channel: email, template: ping, day: {day}}}\n" for day in range(6)
)
CHAIN = "  - {key: mail-0, channel: email, template: ping, day: 0}\n" + "".join(
    f"  - {{key: mail-{number}, channel: email, template: ping, after: 1d}}\n"
    for number in range(1, 6)
)
TEXTS = MAILS.replace("email", "sms").replace("mail", "text")
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
PEOPLE = 2


@dataclass
class Business:
    """A world whose record is backed up after its first day, and lost two days later."""

    small: World
    backup: Callable[[], None]
    restore: Callable[[], Engine]

    async def lives(self) -> None:
        """Day 0, the backup, days 1 and 2; then the backup is put back."""
        await a_pass(self.small, NOW)
        await a_pass(self.small, NOW + MINUTE)
        self.backup()
        for day in (1, 2):
            for hour in (0, 3):
                await a_pass(self.small, NOW + day * DAY + timedelta(hours=hour))
        self.small.engine = self.restore()

    async def resumes(
        self, now: datetime, *, lists: Mapping[str, MessageList] | None = None, **more: bool
    ) -> FilledIn:
        """As `touchline resume` does it."""
        small = self.small
        halt = halted(small.engine, small.settings, now=now)
        assert halt is not None
        assert (halt.why, halt.last_at) == (Why.RESTORED, NOW + MINUTE)
        assert halt.lost_until is not None
        outbox = Outbox(email=small.email, sms=small.sms, live=frozenset(), lists=dict(lists or {}))
        desk = Desk(small.engine, outbox, small.settings, small.templates, now)
        lost = Lost(halt.last_at, halt.lost_until, **more)
        filled = await fill_in(desk, lost, plan=lambda: small.plan(now))
        go_on(small.engine, small.settings, halt.why, now=now)
        return filled

    async def goes_on(self, now: datetime) -> None:
        for day in range(4):
            for hour in (4, 8):
                await a_pass(self.small, now + day * DAY + timedelta(hours=hour))

    def states(self) -> Counter[tuple[str, str, str | None]]:
        return Counter(self.small.touches())


@pytest.fixture
def business(
    engine: Engine, settings: Settings, request: pytest.FixtureRequest, tmp_path: Path
) -> Callable[[str], Business]:
    copies: list[str] = []

    def keep() -> None:
        engine.dispose()
        if engine.dialect.name == "sqlite":
            shutil.copyfile(str(engine.url.database), tmp_path / "backup.db")
            copies.append(f"sqlite:///{tmp_path / 'backup.db'}")
        else:
            copies.append(request.getfixturevalue("new_postgresql_database")(engine.url.database))

    def restore() -> Engine:
        again = open_record(copies[0])
        request.addfinalizer(again.dispose)
        return again

    def make(steps: str) -> Business:
        crowd(engine, PEOPLE)
        return Business(world(engine, settings, steps, window=EVERY_DAY), keep, restore)

    return make


def days_of(small: World, before: int) -> set[int]:
    """How many messages each person got after the first `before` ones."""
    got = (small.email.got + small.sms.got)[before:]
    return set(Counter(message.to for message in got).values())


BACK = NOW + 2 * DAY + timedelta(hours=20)


async def test_f53_what_nobody_can_tell_is_never_sent_again(
    business: Callable[[str], Business],
) -> None:
    shop = business(MAILS)
    await shop.lives()
    assert len(shop.small.email.got) == 3 * PEOPLE  # days 0, 1 and 2
    assert isinstance(await a_pass(shop.small, BACK), Halt)
    filled = await shop.resumes(BACK)
    assert filled.unchecked["email"] >= PEOPLE
    assert len(shop.small.email.got) == 3 * PEOPLE
    await shop.goes_on(BACK)
    steps = shop.states()
    assert {step for step, state, _ in steps if state == "accepted"} == {
        "mail-0", "mail-3", "mail-4", "mail-5",
    }  # fmt: skip
    assert steps["mail-2", "skipped", "restored"] == PEOPLE
    assert len(shop.small.email.got) == 6 * PEOPLE  # each step once, in both records together
    assert days_of(shop.small, 3 * PEOPLE) == {3}


async def test_f53_webhooks_tell_what_left_in_the_lost_days(
    business: Callable[[str], Business], settings: Settings
) -> None:
    shop = business(MAILS)
    await shop.lives()
    lost = shop.small.email.got[PEOPLE:]
    events = [heard(message, number) for number, message in enumerate(lost)]
    with writing(shop.small.engine) as connection:
        applied = apply_events(connection, events, settings=settings, now=BACK)
    assert applied.unmatched == len(events)
    filled = await shop.resumes(BACK)
    assert (filled.by_webhook["email"], filled.unchecked.total()) == (2 * PEOPLE, 0)
    with reading(shop.small.engine) as connection:
        marks = set(connection.execute(select(Attempt.id)).scalars())
    assert {message.attempt_id for message in shop.small.email.got} == marks
    await shop.goes_on(BACK)
    assert len(shop.small.email.got) == 6 * PEOPLE
    assert {state for _, state, _ in shop.states()} == {"accepted"}


async def test_f53_a_webhook_of_one_day_says_nothing_of_the_next(
    business: Callable[[str], Business], settings: Settings
) -> None:
    shop = business(MAILS)
    await shop.lives()
    first = shop.small.email.got[PEOPLE : 2 * PEOPLE]
    await a_pass(shop.small, BACK)  # it plans, and the first day's step is too late by now
    with writing(shop.small.engine) as connection:
        events = [heard(message, number) for number, message in enumerate(first)]
        apply_events(connection, events, settings=settings, now=BACK)
    filled = await shop.resumes(BACK)
    assert filled.by_webhook.total() == 0
    assert filled.unchecked["email"] == PEOPLE  # what left on the second day


async def test_f53_steps_that_follow_each_other_go_on_where_they_would_be(
    business: Callable[[str], Business],
) -> None:
    """What is skipped counts as made when it was due, or all the others would be due at once."""
    shop = business(CHAIN)
    await shop.lives()
    await shop.resumes(BACK)
    await shop.goes_on(BACK)
    states = shop.states()
    assert [states[f"mail-{number}", "skipped", "restored"] for number in range(1, 6)] == [
        PEOPLE, PEOPLE, 0, 0, 0,
    ]  # fmt: skip
    assert states["mail-5", "accepted", None] == PEOPLE
    assert len(shop.small.email.got) == 6 * PEOPLE


def heard(message: Any, number: int) -> IncomingEvent:
    """SendGrid's word on a mail of the lost days, as its webhook brings it."""
    day = 1 + number // PEOPLE
    return IncomingEvent(
        provider="sendgrid",
        event_id=f"e-{number}",
        kind=EventKind.DELIVERED,
        channel="email",
        occurred_at=NOW + day * DAY,
        attempt_id=message.attempt_id,
        address=message.to,
        payload={
            "email": message.to,
            "category": [message.category],
            "sg_message_id": f"m-{number}.filter",
        },
    )


@dataclass
class Listing:
    """Twilio's list: what it got, by number; or a list that cannot be read."""

    has: list[Any]
    settle: timedelta = MINUTE
    most: int = 200
    at_once: int = 4
    answers: bool = True
    asked: list[InDoubt] = field(default_factory=list)

    async def look_up(self, doubt: InDoubt) -> Looked:
        self.asked.append(doubt)
        if not self.answers:
            return Looked(Found.NO_ANSWER)
        return Looked.at(tuple(
            Listed(f"SM-{number}", doubt.began_at, is_ours=True)
            for number, message in enumerate(self.has)
            if (message.to, message.body) == (doubt.address, doubt.text)
        ))  # fmt: skip


async def test_f53_twilio_s_list_tells_what_left_and_what_did_not(
    business: Callable[[str], Business],
) -> None:
    """The lost days end before a person's day: what the list has not got goes out."""
    shop = business(TEXTS)
    await shop.lives()
    assert len(shop.small.sms.got) == 3 * PEOPLE
    words = shop.small.sms.got[PEOPLE : 2 * PEOPLE]
    filled = await shop.resumes(BACK, lists={"sms": Listing(words)})
    assert filled.by_list["sms"] == PEOPLE
    assert filled.unchecked["sms"] == 0


async def test_f53_a_list_that_does_not_answer_proves_nothing(
    business: Callable[[str], Business],
) -> None:
    shop = business(TEXTS)
    await shop.lives()
    listing = Listing([], answers=False)
    filled = await shop.resumes(BACK, lists={"sms": listing})
    assert listing.asked
    assert filled.absent.total() == 0
    assert filled.unchecked["sms"] >= PEOPLE
    assert len(shop.small.sms.got) == 3 * PEOPLE


async def test_f53_the_list_of_an_account_that_is_new_since_proves_nothing(
    business: Callable[[str], Business], settings: Settings
) -> None:
    shop = business(TEXTS)
    note_ways(shop.small.engine, settings, now=NOW - DAY)
    await shop.lives()
    moved = settings.model_copy(update={"sms_sender": "+15005550009"})
    note_ways(shop.small.engine, moved, now=BACK)
    listing = Listing([])
    filled = await shop.resumes(BACK, lists={"sms": listing})
    assert not listing.asked
    assert (filled.absent.total(), filled.unchecked["sms"] >= PEOPLE) == (0, True)
    assert len(shop.small.sms.got) == 3 * PEOPLE


async def test_f53_a_person_may_have_it_sent_all_the_same(
    business: Callable[[str], Business],
) -> None:
    shop = business(MAILS)
    await shop.lives()
    filled = await shop.resumes(BACK, send_unchecked=True)
    assert filled.unchecked["email"] >= PEOPLE
    with reading(shop.small.engine) as connection:
        planned = connection.execute(select(Touch.id).where(Touch.state == "planned")).all()
    assert len(planned) == PEOPLE
