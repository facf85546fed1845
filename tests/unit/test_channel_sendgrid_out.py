"""The request to SendGrid, and what its answers mean."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import orjson
import pytest
from sendgrid.helpers.mail import CustomArg, Personalization, To

from contacts.channels.outgoing import Answer, OutgoingEmail
from contacts.channels.sendgrid.out import SendGrid, receipt_of, request_of
from contacts.channels.wire import Reply, WireFailure

MAIL = OutgoingEmail(
    attempt_id="01936f2c-0000-7000-8000-000000000001",
    to="ada@example.com",
    to_name="Ada & Bob",
    sender="hello@business.example",
    sender_name="Bean",
    reply_to="reply+01936f2c@reply.business.example",
    subject="Welcome",
    text="Welcome, Ada & Bob",
    html="<p>Welcome, Ada &amp; Bob</p>",
    category="onboarding",
    headers={
        "List-Unsubscribe": "<https://business.example/u/1>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    },
)


def test_the_request_carries_our_mark_for_its_one_recipient() -> None:
    request = request_of(MAIL)
    assert request["personalizations"] == [
        {
            "to": [{"email": "ada@example.com", "name": "Ada & Bob"}],
            "custom_args": {"attempt_id": MAIL.attempt_id},
        }
    ]
    assert request["from"] == {"email": "hello@business.example", "name": "Bean"}
    assert request["reply_to"] == {"email": MAIL.reply_to}
    assert request["categories"] == ["onboarding"]


@pytest.mark.parametrize("name", ["Ada & Bob", ""])
def test_the_recipient_is_written_as_the_sdk_writes_it(name: str) -> None:
    to = To()
    to.email = MAIL.to
    to.name = name or None
    person = Personalization()
    person.add_to(to)
    person.add_custom_arg(CustomArg("attempt_id", MAIL.attempt_id))
    assert request_of(replace(MAIL, to_name=name))["personalizations"] == [person.get()]


def test_text_comes_before_html() -> None:
    assert request_of(MAIL)["content"] == [
        {"type": "text/plain", "value": MAIL.text},
        {"type": "text/html", "value": MAIL.html},
    ]


def test_c08_c27_unsubscribing_stays_ours() -> None:
    request = request_of(MAIL)
    assert request["headers"] == MAIL.headers
    assert not any(part["enable"] for part in request["tracking_settings"].values())
    assert set(request["tracking_settings"]) == {
        "click_tracking",
        "open_tracking",
        "subscription_tracking",
    }
    assert "mail_settings" not in request
    assert "asm" not in request


def test_s06_a_name_cannot_break_the_recipient() -> None:
    request = request_of(replace(MAIL, to_name="Archer, Ada;\r\nBcc: all@example.com\x00"))
    assert request["personalizations"][0]["to"][0]["name"] == "Archer Ada Bcc: all@example.com"


def test_s06_no_value_can_begin_a_header_of_its_own() -> None:
    request = request_of(
        replace(MAIL, subject="Hi\r\nBcc: x@example.com", headers={"X-Note": "a\nb\x00c"})
    )
    assert request["subject"] == "Hi Bcc: x@example.com"
    assert request["headers"] == {"X-Note": "a b c"}


def test_an_address_without_a_name_is_not_taken_apart() -> None:
    request = request_of(replace(MAIL, to="ada+tag@example.com", to_name=""))
    assert request["personalizations"][0]["to"] == [{"email": "ada+tag@example.com"}]


def test_an_empty_part_is_left_out() -> None:
    request = request_of(replace(MAIL, html=""))
    assert [part["type"] for part in request["content"]] == ["text/plain"]


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (202, Answer.ACCEPTED),
        (200, Answer.UNKNOWN),
        (204, Answer.UNKNOWN),
        (302, Answer.UNKNOWN),
        (400, Answer.REFUSED),
        (404, Answer.REFUSED),
        (413, Answer.REFUSED),
        (422, Answer.REFUSED),
        (401, Answer.CLOSED),
        (403, Answer.CLOSED),
        (429, Answer.RETRY),
        (408, Answer.UNKNOWN),
        (409, Answer.UNKNOWN),
        (500, Answer.UNKNOWN),
        (502, Answer.UNKNOWN),
        (503, Answer.UNKNOWN),
    ],
)
def test_each_status_has_its_class(status: int, answer: Answer) -> None:
    assert receipt_of(Reply(status, {}, b"<html>")).answer is answer


def test_acceptance_keeps_the_message_id() -> None:
    assert receipt_of(Reply(202, {"X-Message-Id": "abc"}, b"")).provider_id == "abc"


def test_a_refusal_names_the_field_at_fault() -> None:
    body = b'{"errors":[{"message":"The subject is required.","field":"subject"}]}'
    assert receipt_of(Reply(400, {}, body)).code == "400 subject"


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"errors":[]}', b'{"errors":[1]}', b"\xff"])
def test_a_refusal_without_a_field_is_still_one(body: bytes) -> None:
    assert receipt_of(Reply(400, {}, body)).code == "400"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        # Counted on the provider's clock: ours may be wrong.
        ({"X-RateLimit-Reset": "1790000007", "Date": "Mon, 21 Sep 2026 14:13:20 GMT"}, 7.0),
        ({"X-RateLimit-Reset": "1790000000", "Date": "Mon, 21 Sep 2026 14:20:00 GMT"}, 0.0),
        ({"X-RateLimit-Reset": "30"}, 30.0),
        ({"Retry-After": "12"}, 12.0),
        ({"X-RateLimit-Reset": "1790000007"}, None),
        ({"X-RateLimit-Reset": "1790000007", "Date": "nonsense"}, None),
        ({"X-RateLimit-Reset": "soon"}, None),
        ({"Retry-After": "9" * 9}, 86400.0),
        ({}, None),
    ],
)
def test_the_wait_is_what_the_provider_says(headers: dict[str, str], seconds: float | None) -> None:
    assert receipt_of(Reply(429, headers, b"")).retry_after == seconds


class Wire:
    """Keeps what was posted and answers 202."""

    def __init__(self) -> None:
        self.posted: list[tuple[str, bytes, Mapping[str, str]]] = []

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Reply | WireFailure:
        self.posted.append((url, body, headers))
        return Reply(202, {"X-Message-Id": "abc"}, b"")


async def test_one_message_is_one_request() -> None:
    wire = Wire()
    receipt = await SendGrid(wire, api_key="SG.key", base_url="https://sg.example/").send(MAIL)
    [(url, body, headers)] = wire.posted
    assert receipt.answer is Answer.ACCEPTED
    assert url == "https://sg.example/v3/mail/send"
    assert headers["Authorization"] == "Bearer SG.key"
    assert orjson.loads(body) == request_of(MAIL)


@pytest.mark.parametrize("change", [{"text": "SG.abc.def is our key"}, {"subject": "\ud800"}])
async def test_words_that_cannot_be_sent_are_refused_without_a_request(
    change: dict[str, Any],
) -> None:
    wire = Wire()
    sender = SendGrid(wire, api_key="SG.key", base_url="https://sg.example")
    receipt = await sender.send(replace(MAIL, **change))
    assert (receipt.answer, receipt.code) == (Answer.REFUSED, "unsendable")
    assert wire.posted == []


@pytest.mark.parametrize("mark", ["", "caf\xe9", "a\x00b", "\udc80", "x" * 101])
def test_a_mark_that_the_record_cannot_keep_is_left_out(mark: str) -> None:
    receipt = receipt_of(Reply(202, {"X-Message-Id": mark}, b""))
    assert (receipt.answer, receipt.provider_id) == (Answer.ACCEPTED, None)
