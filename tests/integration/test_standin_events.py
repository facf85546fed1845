"""What the stand-in tells: signed so that the product believes it, in order, until it is taken."""

import asyncio
from pathlib import Path

import orjson
import pytest

from contacts.channels.incoming import EventKind
from contacts.channels.standin.book import Book
from contacts.channels.standin.clock import Clock
from contacts.channels.standin.courier import Courier, Letter, Step
from tests.rehearsal import Receiver, email, receiving, rehearsal, text


def kinds(receiver: Receiver) -> list[EventKind]:
    return [event.kind for event in receiver.events]


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("ada@example.com", [EventKind.ACCEPTED, EventKind.DELIVERED]),
        ("bounce@example.com", [EventKind.ACCEPTED, EventKind.BOUNCED]),
        ("blocked.ada@example.com", [EventKind.ACCEPTED, EventKind.BLOCKED]),
        ("dropped@example.com", [EventKind.DROPPED]),
        ("spam1@example.com", [EventKind.ACCEPTED, EventKind.DELIVERED, EventKind.COMPLAINED]),
        ("defer@example.com", [EventKind.ACCEPTED, EventKind.DEFERRED, EventKind.DELIVERED]),
    ],
)
async def test_a_mail_ends_as_its_address_says(
    tmp_path: Path, address: str, expected: list[EventKind]
) -> None:
    async with receiving(tmp_path) as receiver, rehearsal(tmp_path, receiver) as stage:
        receipt = await stage.mail.send(email(to=address))
        assert await stage.ask("flush") == {"pending": 0}
    assert kinds(receiver) == expected
    assert {event.attempt_id for event in receiver.events} == {email().attempt_id}
    assert {event.provider_id for event in receiver.events} == {receipt.provider_id}
    assert len({event.event_id for event in receiver.events}) == len(expected)


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("+12025550111", [EventKind.ACCEPTED, EventKind.DELIVERED]),
        ("+15005550030", [EventKind.ACCEPTED, EventKind.UNDELIVERED]),
        ("+15005550031", [EventKind.ACCEPTED, EventKind.BOUNCED]),
        ("+15005550034", [EventKind.DROPPED]),
    ],
)
async def test_an_sms_ends_as_its_number_says(
    tmp_path: Path, number: str, expected: list[EventKind]
) -> None:
    async with receiving(tmp_path) as receiver, rehearsal(tmp_path, receiver) as stage:
        receipt = await stage.sms.send(text(to=number, attempt_id="a-7"))
        await stage.ask("flush")
    assert kinds(receiver) == expected
    assert {event.attempt_id for event in receiver.events} == {"a-7"}
    assert {event.provider_id for event in receiver.events} == {receipt.provider_id}


async def test_the_end_of_any_number_can_be_chosen(tmp_path: Path) -> None:
    async with receiving(tmp_path) as receiver, rehearsal(tmp_path, receiver) as stage:
        await stage.ask("outcomes", to=text().to, status="undelivered", code="30003")
        await stage.sms.send(text())
        await stage.ask("flush")
        await stage.ask("outcomes", to=text().to, status="delivered")
        await stage.sms.send(text())
        await stage.ask("flush")
    assert kinds(receiver)[1] is EventKind.UNDELIVERED
    assert receiver.events[1].detail == "undelivered 30003"
    assert kinds(receiver)[3] is EventKind.DELIVERED


async def test_events_of_many_mails_come_in_batches(tmp_path: Path) -> None:
    async with receiving(tmp_path) as receiver, rehearsal(tmp_path, receiver, delay=30) as stage:
        for number in range(40):
            await stage.mail.send(email(to=f"ada{number}@example.com"))
        assert receiver.events == []
        await stage.ask("flush")
    assert len(receiver.events) == 80


async def test_what_is_refused_is_told_again(tmp_path: Path) -> None:
    async with receiving(tmp_path) as receiver, rehearsal(tmp_path, receiver) as stage:
        receiver.refusals = 2
        await stage.mail.send(email())
        await stage.ask("flush")
        [kept] = await stage.kept()
    assert kinds(receiver) == [EventKind.ACCEPTED, EventKind.DELIVERED]
    assert [event["answer"] for event in kept["events"]] == ["204", "204"]


async def test_a_flush_does_not_use_up_the_tries(tmp_path: Path) -> None:
    async with receiving(tmp_path) as receiver, rehearsal(tmp_path, receiver) as stage:
        receiver.refusals = 1000
        await stage.mail.send(email())
        assert await stage.ask("flush", seconds=0.2) == {"pending": 1}
        receiver.refusals = 0
        assert await stage.ask("flush") == {"pending": 0}
    assert kinds(receiver) == [EventKind.ACCEPTED, EventKind.DELIVERED]


async def test_what_nobody_takes_is_given_up_in_the_end(tmp_path: Path) -> None:
    book, nobody = Book(tmp_path, durable=False), Letter("http://127.0.0.1:9/", b"", {})
    courier = Courier(book, Clock(), lambda events: nobody, delay=0, longest_wait=0.001)
    running = asyncio.create_task(courier.run())
    courier.tell([Step("m-1", "processed"), Step("m-1", "delivered")])
    assert await courier.flush(30)
    running.cancel()
    await book.close()
    told = [orjson.loads(line) for line in (tmp_path / "events.jsonl").read_bytes().splitlines()]
    assert [(entry["event"], entry["answer"]) for entry in told] == [
        ("processed", "ClientConnectorError"),
        ("delivered", "ClientConnectorError"),
    ]


async def test_events_carry_the_time_that_a_simulation_sets(tmp_path: Path) -> None:
    async with receiving(tmp_path) as receiver, rehearsal(tmp_path, receiver) as stage:
        at = "2026-11-20T15:00:00+00:00"
        assert await stage.ask("clock", at=at) == {"now": at}
        await stage.sms.send(text())
        [kept] = await stage.kept()
        assert kept["at"] == at
        assert (await stage.ask("clock", at=None))["now"] != at
        assert "zone" in (await stage.ask("clock", at="2026-11-20T15:00"))["error"]


async def test_a_customers_mail_comes_back_to_its_attempt(tmp_path: Path) -> None:
    async with receiving(tmp_path) as receiver, rehearsal(tmp_path, receiver) as stage:
        receipt = await stage.mail.send(email())
        await stage.ask("flush")
        await stage.ask("reply", provider_id=receipt.provider_id, text="Thanks,\nsee you")
        await stage.ask("flush")
    reply = receiver.events[-1]
    assert (reply.kind, reply.detail) == (EventKind.REPLIED, "Thanks,\nsee you")
    assert (reply.attempt_id, reply.address) == (email().attempt_id, "ada@example.com")


async def test_a_customers_sms_comes_in_signed(tmp_path: Path) -> None:
    async with receiving(tmp_path) as receiver, rehearsal(tmp_path, receiver) as stage:
        await stage.sms.send(text())
        await stage.ask("flush")
        await stage.ask("reply", to=text().to, text="STOP")
        await stage.ask("flush")
    assert kinds(receiver)[-1] is EventKind.OPTED_OUT
    assert receiver.events[-1].address == text().to


async def test_an_answer_to_nothing_is_refused(tmp_path: Path) -> None:
    async with rehearsal(tmp_path) as stage:
        url = f"{stage.standin.url}/_standin/reply"
        async with stage.http.post(url, json={"to": "nobody@example.com", "text": "Hi"}) as answer:
            assert answer.status == 404
        await stage.sms.send(text())
        assert "--webhooks" in (await stage.ask("reply", to=text().to, text="Hi"))["error"]
