"""The request to Twilio, and what its answers mean."""

from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import parse_qs

import orjson
import pytest

from contacts.channels.outgoing import Answer, OutgoingSms
from contacts.channels.twilio.out import Twilio, receipt_of
from contacts.channels.wire import Reply, WireFailure

SID = "SM" + "0" * 32
SMS = OutgoingSms(
    attempt_id="01936f2c", to="+12025550111", body="Hi Ada & Bob ✓", valid_seconds=600
)


class Wire:
    """Keeps what was posted and answers as a created message."""

    def __init__(self) -> None:
        self.posted: list[tuple[str, bytes, Mapping[str, str]]] = []

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Reply | WireFailure:
        self.posted.append((url, body, headers))
        return Reply(201, {}, b'{"sid":"%s"}' % SID.encode())


def sender(wire: Wire, *, number: str = "+15005550006") -> Twilio:
    return Twilio(
        wire,
        account_sid="AC1",
        auth_token="token",
        base_url="https://tw.example/",
        sender=number,
        status_url="https://business.example/webhooks/twilio/status",
    )


async def test_the_form_is_the_sdks_with_our_mark_in_the_callback() -> None:
    wire = Wire()
    receipt = await sender(wire).send(SMS)
    [(url, body, headers)] = wire.posted
    assert (receipt.answer, receipt.provider_id) == (Answer.ACCEPTED, SID)
    assert url == "https://tw.example/2010-04-01/Accounts/AC1/Messages.json"
    assert headers["Authorization"] == "Basic QUMxOnRva2Vu"
    assert {name: values[0] for name, values in parse_qs(body.decode()).items()} == {
        "To": "+12025550111",
        "From": "+15005550006",
        "Body": "Hi Ada & Bob ✓",
        "StatusCallback": "https://business.example/webhooks/twilio/status?attempt=01936f2c",
        "ValidityPeriod": "600",
        "SmartEncoded": "true",
    }


async def test_a_service_sid_is_sent_as_one() -> None:
    wire = Wire()
    await sender(wire, number="MG" + "a" * 32).send(SMS)
    form = parse_qs(wire.posted[0][1].decode())
    assert form["MessagingServiceSid"] == ["MG" + "a" * 32]
    assert "From" not in form


async def test_one_sender_serves_many_messages() -> None:
    wire = Wire()
    twilio = sender(wire)
    await twilio.send(SMS)
    await twilio.send(replace(SMS, to="+12025550122", body="Hi Bob"))
    first, second = (parse_qs(body.decode()) for _, body, _ in wire.posted)
    assert (first["To"], second["To"]) == (["+12025550111"], ["+12025550122"])
    assert (first["Body"], second["Body"]) == (["Hi Ada & Bob ✓"], ["Hi Bob"])


async def test_words_that_cannot_be_sent_are_refused_without_a_request() -> None:
    wire = Wire()
    receipt = await sender(wire).send(replace(SMS, body="\ud800"))
    assert (receipt.answer, receipt.code) == (Answer.REFUSED, "unsendable")
    assert wire.posted == []


@pytest.mark.parametrize(
    ("status", "code", "answer"),
    [
        (200, None, Answer.UNKNOWN),
        (302, None, Answer.UNKNOWN),
        (400, 21211, Answer.REFUSED),
        (400, 21614, Answer.REFUSED),
        (400, 21610, Answer.REFUSED),
        (404, 20404, Answer.REFUSED),
        (413, None, Answer.REFUSED),
        (422, None, Answer.REFUSED),
        (401, 20003, Answer.CLOSED),
        (403, None, Answer.CLOSED),
        (400, 20003, Answer.CLOSED),
        (400, 21212, Answer.CLOSED),
        (429, 20429, Answer.RETRY),
        (429, None, Answer.RETRY),
        (400, 21611, Answer.RETRY),
        (408, None, Answer.UNKNOWN),
        (500, 20500, Answer.UNKNOWN),
        (503, 20003, Answer.UNKNOWN),
    ],
)
def test_each_status_has_its_class(status: int, code: int | None, answer: Answer) -> None:
    body = b"<html>" if code is None else orjson.dumps({"code": code})
    receipt = receipt_of(Reply(status, {}, body))
    assert receipt.answer is answer
    assert receipt.code == str(code or status)


def test_only_21610_says_that_the_customer_opted_out() -> None:
    assert receipt_of(Reply(400, {}, b'{"code":21610}')).opted_out
    assert not receipt_of(Reply(400, {}, b'{"code":21211}')).opted_out


@pytest.mark.parametrize("body", [b"", b"<html>", b"{}", b"[]", b'{"sid":null}', b'{"sid":""}'])
def test_a_created_message_that_cannot_be_read_is_in_doubt(body: bytes) -> None:
    assert receipt_of(Reply(201, {}, body)).answer is Answer.UNKNOWN


def test_the_wait_is_what_twilio_says() -> None:
    assert receipt_of(Reply(429, {"Retry-After": "7"}, b"")).retry_after == 7.0
    assert receipt_of(Reply(429, {"Retry-After": "soon"}, b"")).retry_after is None
