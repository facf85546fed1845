"""The stand-in's SendGrid: what it takes, what it refuses, what it keeps."""

import hashlib
from pathlib import Path
from typing import Any

import pytest

from contacts.channels.outgoing import Answer
from contacts.channels.rehearsal import API_KEY
from contacts.channels.sendgrid.out import request_of
from tests.rehearsal import Rehearsal, email, rehearsal

AUTHORISED = {"Authorization": f"Bearer {API_KEY}"}


async def post(stage: Rehearsal, mail: Any, headers: dict[str, str] = AUTHORISED) -> Any:
    """The status, headers and JSON of a raw request."""
    url = f"{stage.standin.url}/v3/mail/send"
    async with stage.http.post(url, json=mail, headers=headers) as answer:
        body = await answer.json() if answer.status != 202 else await answer.read()
        return answer.status, answer.headers, body


async def test_what_the_sdk_makes_is_accepted_and_kept(tmp_path: Path) -> None:
    async with rehearsal(tmp_path) as stage:
        receipt = await stage.mail.send(email())
        [kept] = await stage.kept()
    assert receipt.answer is Answer.ACCEPTED
    assert (kept["id"], kept["provider"]) == (receipt.provider_id, "sendgrid")
    assert kept["attempt_id"] == email().attempt_id
    assert (kept["to"], kept["subject"]) == ("ada@example.com", "Welcome")
    words = "\0".join([email().subject, email().text, email().html])
    assert kept["body_hash"] == hashlib.sha256(words.encode()).hexdigest()
    assert kept["request"] == request_of(email())


async def test_acceptance_is_an_empty_answer_with_an_id(tmp_path: Path) -> None:
    async with rehearsal(tmp_path) as stage:
        status, headers, body = await post(stage, request_of(email()))
    assert (status, body) == (202, b"")
    assert len(headers["X-Message-Id"]) == 22
    assert "." not in headers["X-Message-Id"]
    assert headers["X-RateLimit-Remaining"].isdecimal()


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer SG.other"}])
async def test_another_key_is_refused(tmp_path: Path, headers: dict[str, str]) -> None:
    async with rehearsal(tmp_path) as stage:
        status, _, body = await post(stage, request_of(email()), headers)
        assert await stage.kept() == []
    assert status == 401
    assert body["errors"][0]["field"] is None


TO = {"to": [{"email": "ada@example.com"}]}
BROKEN: list[tuple[str | None, dict[str, Any]]] = [
    ("personalizations", {"personalizations": []}),
    ("personalizations", {"personalizations": [TO, TO]}),
    ("personalizations.0.to", {"personalizations": [{"to": []}]}),
    (
        "personalizations.0.to",
        {"personalizations": [{"to": [*TO["to"], {"email": "b@x.example"}]}]},
    ),
    ("personalizations.0.to.0.email", {"personalizations": [{"to": [{"email": "ada"}]}]}),
    (
        "personalizations.0.to.0.name",
        {"personalizations": [{"to": [{"email": "a@x.example", "name": "A;B"}]}]},
    ),
    (None, {"personalizations": [{**TO, "custom_args": {"attempt_id": 1}}]}),
    (
        "personalizations.0.custom_args",
        {"personalizations": [{**TO, "custom_args": {"attempt_id": "x" * 10_000}}]},
    ),
    ("from.email", {"from": {"name": "Bean"}}),
    ("subject", {"subject": ""}),
    ("content", {"content": []}),
    ("content.0.value", {"content": [{"type": "text/plain", "value": ""}]}),
    (
        "content",
        {"content": [{"type": "text/html", "value": "a"}, {"type": "text/plain", "value": "a"}]},
    ),
    ("headers", {"headers": {"Reply-To": "x@x.example"}}),
    (None, {"headers": {"X-A": 1}}),
    ("categories", {"categories": ["a"] * 2}),
    ("categories", {"categories": [str(number) for number in range(11)]}),
    ("reply_to.email", {"reply_to": {"email": "nobody"}}),
]


@pytest.mark.parametrize(("field", "change"), BROKEN)
async def test_a_broken_mail_is_refused_with_its_field(
    tmp_path: Path, field: str | None, change: dict[str, Any]
) -> None:
    async with rehearsal(tmp_path) as stage:
        status, _, body = await post(stage, request_of(email()) | change)
        assert await stage.kept() == []
    assert status == 400
    assert body["errors"][0]["field"] == field
    assert set(body["errors"][0]) == {"message", "field", "help"}


async def test_a_body_that_is_no_json_is_refused(tmp_path: Path) -> None:
    async with rehearsal(tmp_path) as stage:
        url = f"{stage.standin.url}/v3/mail/send"
        async with stage.http.post(url, data=b"{", headers=AUTHORISED) as answer:
            assert answer.status == 400


async def test_a_mail_that_is_too_large_is_refused(tmp_path: Path) -> None:
    async with rehearsal(tmp_path) as stage:
        receipt = await stage.mail.send(email(html="x" * 32 * 1024 * 1024))
        assert await stage.kept() == []
    assert (receipt.answer, receipt.http_status) == (Answer.REFUSED, 413)


async def search(stage: Rehearsal, query: str) -> tuple[int, Any]:
    async with stage.http.get(
        f"{stage.standin.url}/v3/messages",
        params={"query": query, "limit": "10"},
        headers=AUTHORISED,
    ) as answer:
        return answer.status, await answer.json()


async def test_the_activity_list_finds_a_mail_by_recipient_and_by_our_mark(tmp_path: Path) -> None:
    async with rehearsal(tmp_path) as stage:
        receipt = await stage.mail.send(email(attempt_id="a-1"))
        await stage.mail.send(email(attempt_id="a-2", to="bob@example.com"))
        by_address = await search(stage, 'to_email="ada@example.com"')
        by_mark = await search(stage, """(unique_args['attempt_id']="a-1")""")
        by_nobody = await search(stage, 'to_email="cleo@example.com"')
    assert by_address == by_mark
    [found] = by_mark[1]["messages"]
    assert found["msg_id"].startswith(f"{receipt.provider_id}.")
    assert found["to_email"] == "ada@example.com"
    assert by_nobody == (200, {"messages": []})


async def test_the_activity_list_may_lag_behind_and_fail(tmp_path: Path) -> None:
    async with rehearsal(tmp_path) as stage:
        await stage.ask("faults", provider="sendgrid", endpoint="list", kind="429", count=1)
        await stage.ask("faults", endpoint="list", kind="lag", seconds=60, count=1)
        await stage.mail.send(email())
        looks = [await search(stage, 'to_email="ada@example.com"') for _ in range(3)]
    assert [status for status, _ in looks] == [429, 200, 200]
    assert [len(body["messages"]) for _, body in looks[1:]] == [0, 1]


async def test_without_the_add_on_the_list_is_forbidden(tmp_path: Path) -> None:
    async with rehearsal(tmp_path, activity=False) as stage:
        status, body = await search(stage, 'to_email="ada@example.com"')
    assert status == 403
    assert "errors" in body
