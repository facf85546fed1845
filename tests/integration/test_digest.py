"""The owners' morning mail: what it tells, and that it never comes twice a day."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, insert, select, update

from contacts.channels.outbox import Outbox
from contacts.channels.outgoing import Answer, Receipt
from contacts.delivery.own_words.digest import DigestReport, Sleep, send_digests
from contacts.delivery.send import always
from contacts.messages.templates import templates_of
from contacts.record.engine import reading, writing
from contacts.record.sending.channels import close_channel, hold_channel, open_channel
from contacts.record.tables import Digest, Event, SendingRate
from contacts.record.work.tasks import NewTask, open_tasks
from contacts.settings import Owner, Settings
from contacts.windows import WEEK, Window
from tests.cast import NOW, ada, bob, customer, olive
from tests.storm import channel
from tests.world import Sender

HOUR = timedelta(hours=1)
REFUSED = Receipt(Answer.RETRY, http_status=429)
REFUSED_FOR_GOOD = Receipt(Answer.REFUSED, http_status=400)
UNKNOWN = Receipt(Answer.UNKNOWN, http_status=500)


@dataclass
class Clock:
    """Seconds since a run began; they pass only in its sleep, or where a test lets them."""

    seconds: float = 0.0

    def monotonic(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.seconds += seconds


EVERY_DAY = Window(days=WEEK, holidays="ignore")


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Olive works every day, so that she has a mail on each."""
    [olive] = settings.owners
    owners = [olive.model_copy(update={"hours": EVERY_DAY})]
    return settings.model_copy(update={"owners": owners})


@pytest.fixture
def mailbox() -> Sender:
    return Sender()


@pytest.fixture
def customers(engine: Engine) -> tuple[int, int]:
    """Ada and Bob, both Olive's."""
    with writing(engine) as connection:
        owner = olive(connection)
        return ada(connection, owner_id=owner), bob(connection, owner_id=owner)


async def mail(
    engine: Engine,
    settings: Settings,
    mailbox: Sender,
    now: datetime = NOW,
    zone: str | None = None,
    sleep: Sleep | None = None,
    clock: Clock | None = None,
    go_on: Callable[[], bool] = always,
) -> DigestReport:
    clock = clock or Clock()
    return await send_digests(
        engine,
        Outbox(email=mailbox, sms=Sender(), live=frozenset()),
        settings=settings,
        templates=templates_of(settings),
        now=now,
        zone=zone,
        go_on=go_on,
        monotonic=clock.monotonic,
        sleep=sleep or clock.sleep,
    )


def task_for(engine: Engine, customer: int, title: str = "Call Ada") -> None:
    with writing(engine) as connection:
        due = NOW + timedelta(hours=4)
        open_tasks(connection, [NewTask(customer, "call", title, due)], now=NOW)


def nobodys_task(engine: Engine, title: str = "Call Ada") -> None:
    """A task for a customer whom no owner has; Olive is there."""
    with writing(engine) as connection:
        olive(connection)
        ada_id = ada(connection)
    task_for(engine, ada_id, title)


def reply_of(engine: Engine, customer: int, words: str, at: datetime = NOW) -> None:
    with writing(engine) as connection:
        event = {
            "provider": "sendgrid",
            "event_id": words,
            "kind": "replied",
            "channel": "email",
            "customer_id": customer,
            "occurred_at": at,
            "received_at": at,
            "detail": words,
        }
        connection.execute(insert(Event).values(event))


async def test_whom_no_message_reaches_is_told_when_it_is_time_to_call(
    engine: Engine, settings: Settings, customers: tuple[int, int], mailbox: Sender
) -> None:
    due = NOW + timedelta(days=50)
    with writing(engine) as connection:
        open_tasks(connection, [NewTask(customers[0], "reach", "Call, or waive", due)], now=NOW)
    assert (await mail(engine, settings, mailbox)).quiet == 1
    assert (await mail(engine, settings, mailbox, now=due - timedelta(days=6))).sent == 1
    assert "Call, or waive" in mailbox.got[0].text


async def test_it_has_the_open_tasks_and_the_new_replies(
    engine: Engine, settings: Settings, customers: tuple[int, int], mailbox: Sender
) -> None:
    task_for(engine, customers[0], "Welcome call for Ada")
    reply_of(engine, customers[1], "Could you ring me?", NOW - timedelta(hours=3))
    reply_of(engine, customers[1], "Long ago", NOW - timedelta(days=9))
    report = await mail(engine, settings, mailbox)
    assert report == DigestReport(sent=1)
    (message,) = mailbox.got
    assert (message.to, message.category) == ("olive@example.com", "digest")
    for words in (message.text, message.html):
        assert "Welcome call for Ada" in words
        assert "Could you ring me?" in words
        assert "Long ago" not in words


async def test_it_comes_once_a_day(
    engine: Engine, settings: Settings, customers: tuple[int, int], mailbox: Sender
) -> None:
    task_for(engine, customers[0])
    await mail(engine, settings, mailbox)
    again = await mail(engine, settings, mailbox, NOW + timedelta(hours=1))
    tomorrow = await mail(engine, settings, mailbox, NOW + timedelta(days=1))
    assert (again, tomorrow) == (DigestReport(already=1), DigestReport(sent=1))
    assert len(mailbox.got) == 2


async def test_an_owner_with_nothing_to_do_is_left_alone(
    engine: Engine, settings: Settings, customers: tuple[int, int], mailbox: Sender
) -> None:
    assert await mail(engine, settings, mailbox) == DigestReport(quiet=1)
    assert mailbox.got == []


async def test_one_that_was_refused_for_now_is_tried_again(
    engine: Engine, settings: Settings, customers: tuple[int, int], mailbox: Sender
) -> None:
    task_for(engine, customers[0])
    mailbox.answers = [REFUSED]
    first = await mail(engine, settings, mailbox)
    second = await mail(engine, settings, mailbox, NOW + timedelta(minutes=10))
    assert (first, second) == (DigestReport(failed=1), DigestReport(sent=1))


async def test_one_that_was_refused_for_good_is_not_asked_for_again(
    engine: Engine, settings: Settings, customers: tuple[int, int], mailbox: Sender
) -> None:
    task_for(engine, customers[0])
    mailbox.answers = [REFUSED_FOR_GOOD]
    first = await mail(engine, settings, mailbox)
    again = await mail(engine, settings, mailbox, NOW + HOUR)
    tomorrow = await mail(engine, settings, mailbox, NOW + 24 * HOUR)
    assert (first, again) == (DigestReport(failed=1), DigestReport(already=1))
    assert tomorrow == DigestReport(sent=1)
    assert len(mailbox.got) == 2


async def test_one_in_doubt_is_never_sent_again(
    engine: Engine, settings: Settings, customers: tuple[int, int], mailbox: Sender
) -> None:
    task_for(engine, customers[0])
    mailbox.answers = [UNKNOWN]
    await mail(engine, settings, mailbox)
    again = await mail(engine, settings, mailbox, NOW + timedelta(minutes=10))
    assert again == DigestReport(already=1)
    with reading(engine) as connection:
        assert connection.execute(select(Digest.state)).scalars().all() == ["unknown"]


async def test_a_zone_has_its_own_morning(
    engine: Engine, settings: Settings, customers: tuple[int, int], mailbox: Sender
) -> None:
    task_for(engine, customers[0])
    owner = settings.owners[0].model_copy(update={"timezone": "Europe/Minsk"})
    settings = settings.model_copy(update={"owners": [owner]})
    elsewhere = await mail(engine, settings, mailbox, zone="Asia/Kolkata")
    here = await mail(engine, settings, mailbox, zone="Europe/Minsk")
    assert (elsewhere, here) == (DigestReport(), DigestReport(sent=1))


async def test_replies_over_a_weekend_are_not_lost(
    engine: Engine, settings: Settings, customers: tuple[int, int], mailbox: Sender
) -> None:
    task_for(engine, customers[0])
    await mail(engine, settings, mailbox)
    reply_of(engine, customers[1], "On Saturday", NOW + timedelta(days=1))
    await mail(engine, settings, mailbox, NOW + timedelta(days=3))
    assert "On Saturday" in mailbox.got[-1].text


OMAR = Owner(email="omar@example.com", name="Omar Other", hours=EVERY_DAY)


def with_omar(settings: Settings) -> Settings:
    return settings.model_copy(update={"owners": [*settings.owners, OMAR]})


async def test_a_task_of_nobodys_customer_goes_to_every_owner(
    engine: Engine, settings: Settings, mailbox: Sender
) -> None:
    nobodys_task(engine, "Welcome call")
    assert await mail(engine, with_omar(settings), mailbox) == DigestReport(sent=2)
    assert [one.to for one in mailbox.got] == ["olive@example.com", "omar@example.com"]
    assert all("Welcome call" in one.text for one in mailbox.got)
    assert all("nobody's job yet" in one.text for one in mailbox.got)


async def test_a_named_owners_task_stays_with_that_owner(
    engine: Engine, settings: Settings, customers: tuple[int, int], mailbox: Sender
) -> None:
    task_for(engine, customers[0])
    report = await mail(engine, with_omar(settings), mailbox)
    assert report == DigestReport(sent=1, quiet=1)
    assert "nobody" not in mailbox.got[0].text


async def test_the_tasks_of_an_owner_who_left_go_to_the_others(
    engine: Engine, settings: Settings, customers: tuple[int, int], mailbox: Sender
) -> None:
    task_for(engine, customers[0])
    settings = settings.model_copy(update={"owners": [OMAR]})
    assert await mail(engine, settings, mailbox) == DigestReport(sent=1)
    assert mailbox.got[0].to == "omar@example.com"


async def test_words_that_fail_for_one_owner_keep_nobody_elses_mail(
    engine: Engine, settings: Settings, mailbox: Sender
) -> None:
    own = settings.workspace / "templates" / "email" / "digest"
    own.mkdir(parents=True)
    (own / "subject.txt").write_text("{{ owner.phone }}", encoding="utf-8")
    (own / "body.html").write_text("<p>Good morning</p>", encoding="utf-8")
    with writing(engine) as connection:
        ada_id = ada(connection)
    task_for(engine, ada_id)
    owners = [OMAR, *settings.owners]
    report = await mail(engine, settings.model_copy(update={"owners": owners}), mailbox)
    assert report == DigestReport(sent=1, failed=1)
    assert [one.to for one in mailbox.got] == ["olive@example.com"]
    with reading(engine) as connection:
        days = connection.execute(select(Digest.state)).scalars().all()
    assert days == ["accepted"]  # Omar's is not begun, so that it goes once the words are right


async def test_on_a_closed_channel_it_waits_for_a_later_run(
    engine: Engine, settings: Settings, customers: tuple[int, int], mailbox: Sender
) -> None:
    task_for(engine, customers[0])
    with writing(engine) as connection:
        close_channel(connection, "email", reason="the key was refused", now=NOW)
    assert await mail(engine, settings, mailbox) == DigestReport(waiting=1)
    assert mailbox.got == []
    with writing(engine) as connection:
        open_channel(connection, "email", now=NOW)
    assert await mail(engine, settings, mailbox, NOW + HOUR) == DigestReport(sent=1)
    assert await mail(engine, settings, mailbox, NOW + 2 * HOUR) == DigestReport(already=1)


async def test_a_refused_key_closes_the_channel_for_the_owners_who_follow(
    engine: Engine, settings: Settings, mailbox: Sender
) -> None:
    nobodys_task(engine)
    mailbox.answers = [Receipt(Answer.CLOSED, http_status=401, code="401")]
    report = await mail(engine, with_omar(settings), mailbox)
    assert report == DigestReport(failed=1, waiting=1)
    assert not channel(engine).open
    assert len(mailbox.got) == 1


async def test_its_answers_in_doubt_rest_the_channel_and_a_sound_one_ends_the_rest(
    engine: Engine, settings: Settings, customers: tuple[int, int], mailbox: Sender
) -> None:
    task_for(engine, customers[0])
    with writing(engine) as connection:
        nobodys = customer(connection, email="dora@example.com")
    task_for(engine, nobodys)
    for day in range(5):
        mailbox.answers = [UNKNOWN]
        await mail(engine, settings, mailbox, NOW + timedelta(days=day))
    stormy = NOW + timedelta(days=4)
    assert channel(engine).rested_at is not None
    two = with_omar(settings)
    assert await mail(engine, two, mailbox, stormy) == DigestReport(already=1, sent=1)
    assert channel(engine).rested_at is None


async def test_a_provider_that_asks_for_time_gets_it(
    engine: Engine, settings: Settings, customers: tuple[int, int], mailbox: Sender
) -> None:
    task_for(engine, customers[0])
    mailbox.answers = [Receipt(Answer.RETRY, http_status=429, retry_after=7200)]
    await mail(engine, settings, mailbox)
    assert await mail(engine, settings, mailbox, NOW + HOUR) == DigestReport(waiting=1)
    assert await mail(engine, settings, mailbox, NOW + 3 * HOUR) == DigestReport(sent=1)


def slow(settings: Settings) -> Settings:
    """Two owners, and an e-mail every 50 seconds."""
    return with_omar(settings).model_copy(update={"email_per_second": 0.02})


async def test_it_takes_its_place_in_the_senders_rate_and_books_none(
    engine: Engine, settings: Settings, mailbox: Sender
) -> None:
    nobodys_task(engine)
    assert await mail(engine, slow(settings), mailbox) == DigestReport(sent=1, waiting=1)
    with reading(engine) as connection:
        bucket = connection.execute(select(SendingRate)).one()
    assert bucket.booked_until < bucket.full_at
    with reading(engine) as connection:
        assert connection.execute(select(Digest.state)).scalars().all() == ["accepted"]


async def test_it_waits_a_little_for_the_senders_rate(
    engine: Engine, settings: Settings, mailbox: Sender
) -> None:
    nobodys_task(engine)

    async def a_minute_passes(_: float) -> None:
        with writing(engine) as connection:
            earlier = connection.execute(select(SendingRate.full_at)).scalar_one() - HOUR
            connection.execute(update(SendingRate).values(full_at=earlier))

    report = await mail(engine, slow(settings), mailbox, sleep=a_minute_passes)
    assert report == DigestReport(sent=2)


def hold(engine: Engine, seconds: float) -> None:
    with writing(engine) as connection:
        hold_channel(connection, "email", until=NOW + timedelta(seconds=seconds), now=NOW)


async def test_it_waits_a_minute_for_a_held_channel_and_no_longer(
    engine: Engine, settings: Settings, mailbox: Sender
) -> None:
    nobodys_task(engine)
    hold(engine, 61)
    assert await mail(engine, settings, mailbox) == DigestReport(waiting=1)
    clock = Clock()
    second = timedelta(seconds=1)
    report = await mail(engine, settings, mailbox, NOW + second, clock=clock)
    assert report == DigestReport(sent=1)
    assert clock.seconds == 60


async def test_told_to_stop_no_mail_is_begun(
    engine: Engine, settings: Settings, mailbox: Sender
) -> None:
    nobodys_task(engine)
    report = await mail(engine, with_omar(settings), mailbox, go_on=lambda: not mailbox.got)
    assert report == DigestReport(sent=1, waiting=1)
    with reading(engine) as connection:
        assert connection.execute(select(Digest.state)).scalars().all() == ["accepted"]
    assert await mail(engine, with_omar(settings), mailbox) == DigestReport(sent=1, already=1)


async def test_told_to_stop_it_waits_no_more(
    engine: Engine, settings: Settings, mailbox: Sender
) -> None:
    nobodys_task(engine)
    hold(engine, 40)
    clock = Clock()
    report = await mail(engine, settings, mailbox, clock=clock, go_on=lambda: clock.seconds < 3)
    assert report == DigestReport(waiting=1)
    assert clock.seconds <= 4
    assert mailbox.got == []


async def test_the_time_that_a_request_takes_counts_for_what_its_answer_asks(
    engine: Engine, settings: Settings, mailbox: Sender
) -> None:
    nobodys_task(engine)
    clock = Clock()

    def take_20_seconds() -> None:
        clock.seconds += 20

    mailbox.asked = take_20_seconds
    mailbox.answers = [Receipt(Answer.RETRY, http_status=429, retry_after=30)]
    report = await mail(engine, with_omar(settings), mailbox, clock=clock)
    assert channel(engine).held_until == NOW + timedelta(seconds=50)
    assert report == DigestReport(sent=1, failed=1)
    assert clock.seconds == 20 + 30 + 20


async def test_the_time_that_requests_take_is_no_waiting(
    engine: Engine, settings: Settings, mailbox: Sender
) -> None:
    nobodys_task(engine)
    clock = Clock()

    def take_two_minutes() -> None:
        clock.seconds += 120

    mailbox.asked = take_two_minutes
    mailbox.answers = [Receipt(Answer.RETRY, http_status=429, retry_after=45)]
    report = await mail(engine, with_omar(settings), mailbox, clock=clock)
    assert report == DigestReport(sent=1, failed=1)
