"""Faults on demand: what the client sees, and what the log says was accepted."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from contacts.channels.outgoing import Answer, Receipt
from tests.rehearsal import Rehearsal, email, rehearsal, text

REFUSALS = [
    ("400", Answer.REFUSED),
    ("413", Answer.REFUSED),
    ("401", Answer.CLOSED),
    ("403", Answer.CLOSED),
    ("429", Answer.RETRY),
    ("500", Answer.UNKNOWN),
    ("503", Answer.UNKNOWN),
    ("html_200", Answer.UNKNOWN),
    ("redirect", Answer.UNKNOWN),
    ("reset", Answer.UNKNOWN),
]


async def send(stage: Rehearsal, provider: str) -> Receipt:
    if provider == "sendgrid":
        return await stage.mail.send(email())
    return await stage.sms.send(text())


@pytest.mark.parametrize("provider", ["sendgrid", "twilio"])
@pytest.mark.parametrize(("kind", "answer"), REFUSALS)
async def test_a_fault_before_acceptance_leaves_no_line_in_the_log(
    tmp_path: Path, provider: str, kind: str, answer: Answer
) -> None:
    async with rehearsal(tmp_path) as stage:
        await stage.ask("faults", provider=provider, kind=kind, count=1)
        failed, sound = await send(stage, provider), await send(stage, provider)
        assert len(await stage.kept()) == 1
    assert failed.answer is answer
    assert sound.answer is Answer.ACCEPTED


@pytest.mark.parametrize("provider", ["sendgrid", "twilio"])
@pytest.mark.parametrize("kind", ["500_after", "reset_after"])
async def test_a_fault_after_acceptance_leaves_its_line(
    tmp_path: Path, provider: str, kind: str
) -> None:
    async with rehearsal(tmp_path) as stage:
        await stage.ask("faults", provider=provider, kind=kind, count=1)
        failed = await send(stage, provider)
        assert len(await stage.kept()) == 1
    assert failed.answer is Answer.UNKNOWN


async def test_a_page_with_the_exact_status_counts_for_mail_alone(tmp_path: Path) -> None:
    async with rehearsal(tmp_path) as stage:
        await stage.ask("faults", kind="html_202")
        mail, sms = await send(stage, "sendgrid"), await send(stage, "twilio")
        assert len(await stage.kept()) == 2
    assert (mail.answer, sms.answer) == (Answer.ACCEPTED, Answer.UNKNOWN)


async def test_a_limit_says_when_it_opens(tmp_path: Path) -> None:
    async with rehearsal(tmp_path) as stage:
        await stage.ask("clock", at="2031-01-01T00:00:00Z")  # far from the client's clock
        await stage.ask("faults", kind="429", seconds=7)
        mail, sms = await send(stage, "sendgrid"), await send(stage, "twilio")
    assert (mail.retry_after, sms.retry_after) == (7.0, 7.0)


@pytest.mark.parametrize("kind", ["timeout", "drip"])
async def test_a_request_that_hangs_is_given_up_by_its_client(tmp_path: Path, kind: str) -> None:
    async with rehearsal(tmp_path) as stage:
        await stage.ask("faults", kind=kind, count=1)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(send(stage, "sendgrid"), 0.4)
        assert len(await stage.kept()) == (kind == "drip")


async def test_a_late_answer_was_accepted_even_if_nobody_waited(tmp_path: Path) -> None:
    async with rehearsal(tmp_path) as stage:
        await stage.ask("faults", kind="late", count=1, seconds=0.5)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(send(stage, "sendgrid"), 0.1)
        while not await stage.kept():
            await asyncio.sleep(0.05)


async def test_a_rate_hits_some_and_deleting_ends_it(tmp_path: Path) -> None:
    async with rehearsal(tmp_path) as stage:
        await stage.ask("faults", provider="twilio", kind="500", rate=0.5)
        answers = {(await send(stage, "twilio")).answer for _ in range(30)}
        assert (await send(stage, "sendgrid")).answer is Answer.ACCEPTED
        async with stage.http.delete(f"{stage.standin.url}/_standin/faults") as answer:
            assert answer.status == 204
        after = {(await send(stage, "twilio")).answer for _ in range(10)}
    assert answers == {Answer.ACCEPTED, Answer.UNKNOWN}
    assert after == {Answer.ACCEPTED}


@pytest.mark.parametrize(
    "wish",
    [
        {"kind": "boom"},
        {"kind": "500", "provider": "mailgun"},
        {"kind": "500", "count": 0},
        {"kind": "500", "rate": 2},
        {"kind": "late", "seconds": -1},
    ],
)
async def test_a_fault_that_is_none_is_explained(tmp_path: Path, wish: dict[str, Any]) -> None:
    async with rehearsal(tmp_path) as stage:
        assert "must be" in (await stage.ask("faults", **wish))["error"]
