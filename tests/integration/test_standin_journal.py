"""The stand-in's log: a line for each acceptance, whatever happens to the process."""

import asyncio
import os
from pathlib import Path
from threading import Event

import orjson
import pytest

from contacts.channels.outgoing import Answer
from contacts.channels.rehearsal import API_KEY, signing_keys
from contacts.channels.sendgrid import SendGrid
from contacts.channels.standin import running_standin
from contacts.channels.standin.journal import Journal
from contacts.channels.wire import Limits, open_wire
from tests.rehearsal import email, rehearsal, text


@pytest.mark.parametrize("durable", [False, True])
async def test_every_acceptance_is_one_line(tmp_path: Path, durable: bool) -> None:
    async with rehearsal(tmp_path, durable=durable) as stage:
        receipts = await asyncio.gather(
            *(stage.mail.send(email(attempt_id=f"a-{number}")) for number in range(30)),
            *(stage.sms.send(text(attempt_id=f"b-{number}")) for number in range(30)),
        )
    lines = [orjson.loads(line) for line in (tmp_path / "log.jsonl").read_bytes().splitlines()]
    assert {receipt.answer for receipt in receipts} == {Answer.ACCEPTED}
    assert {line["id"] for line in lines} == {receipt.provider_id for receipt in receipts}
    assert len({line["attempt_id"] for line in lines}) == len(lines) == 60


async def test_what_a_slow_disk_takes_is_still_answered_at_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop, begun = asyncio.get_running_loop(), asyncio.Event()

    def slow(_file: int) -> None:
        loop.call_soon_threadsafe(begun.set)
        Event().wait(0.4)

    monkeypatch.setattr(os, "fdatasync", slow)
    async with open_wire(Limits(1, connect_timeout=5, request_timeout=10)) as wire:
        async with running_standin(tmp_path, durable=True) as standin:
            mail = SendGrid(wire, api_key=API_KEY, base_url=standin.url)
            sent = asyncio.create_task(mail.send(email()))
            await begun.wait()
        assert (await sent).answer == Answer.ACCEPTED


async def test_what_was_accepted_is_there_after_a_restart(tmp_path: Path) -> None:
    async with rehearsal(tmp_path) as stage:
        await stage.mail.send(email(attempt_id="a-1"))
    async with rehearsal(tmp_path) as stage:
        await stage.mail.send(email(attempt_id="a-2"))
        kept = await stage.kept()
    assert [message["attempt_id"] for message in kept] == ["a-1", "a-2"]
    assert kept[0]["request"]["subject"] == "Welcome"


async def test_a_line_torn_by_a_crash_is_no_acceptance(tmp_path: Path) -> None:
    async with rehearsal(tmp_path) as stage:
        await stage.mail.send(email(attempt_id="a-1"))
    with (tmp_path / "log.jsonl").open("ab") as log:
        log.write(b'{"provider":"sendgrid","id":"to')
    async with rehearsal(tmp_path) as stage:
        await stage.mail.send(email(attempt_id="a-2"))
        assert [message["attempt_id"] for message in await stage.kept()] == ["a-1", "a-2"]


async def test_a_line_is_found_again_by_its_place(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j.jsonl")
    places = await asyncio.gather(*(journal.append({"n": number}) for number in range(20)))
    await journal.close()
    assert [journal.read_at(place)["n"] for place in places] == list(range(20))


def test_the_keys_are_made_once_and_kept_from_others(tmp_path: Path) -> None:
    first, again = signing_keys(tmp_path / "standin"), signing_keys(tmp_path / "standin")
    assert first == again
    assert first != signing_keys(tmp_path / "other")
    modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "standin").iterdir()}
    assert modes == {"sendgrid_private.pem": 0o600, "twilio_token": 0o600}
    assert first.twilio_token not in repr(first)
