"""What the providers' own lists say of a message in doubt."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson
import pytest

from contacts.channels.asking import Found, InDoubt, Listed, Looked
from contacts.channels.outgoing import Answer
from contacts.channels.sendgrid import SendGridActivity
from contacts.channels.twilio import TwilioMessages
from contacts.channels.wire import Reply, WireFailure

BEGAN = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
PATH = "/2010-04-01/Accounts/AC1/Messages.json"
DOUBT = InDoubt("a-1", "+12025550111", "Hi Ada — “all well”?", BEGAN)


class Asked:
    """A wire that answers from a list, and keeps what it was asked."""

    def __init__(self, *answers: Any) -> None:
        self.urls: list[str] = []
        self._answers = list(answers)

    async def get(self, url: str, headers: Mapping[str, str]) -> Reply | WireFailure:
        self.urls.append(url)
        answer = self._answers.pop(0)
        if isinstance(answer, WireFailure | Reply):
            return answer
        return Reply(200, {}, orjson.dumps(answer))


def page(*messages: dict[str, Any], following: str | None = None) -> dict[str, Any]:
    return {"messages": list(messages), "next_page_uri": following}


def message(sid: str = "SM1", **changes: Any) -> dict[str, Any]:
    return {
        "sid": sid,
        "body": DOUBT.text,
        "date_created": format_datetime(BEGAN + timedelta(seconds=2)),
        "direction": "outbound-api",
    } | changes


def twilio(wire: Asked, sender: str = "+15005550006") -> TwilioMessages:
    return TwilioMessages(
        wire, account_sid="AC1", auth_token="t", base_url="https://api.test/", sender=sender
    )


async def test_an_sms_is_found_by_number_day_and_words() -> None:
    wire = Asked(page(message()))
    looked = await twilio(wire).look_up(DOUBT)
    assert looked.found is Found.OURS
    assert looked.listed == (Listed("SM1", BEGAN + timedelta(seconds=2), is_ours=True),)
    assert urlsplit(wire.urls[0]).path == PATH
    assert parse_qs(urlsplit(wire.urls[0]).query) == {
        "To": ["+12025550111"],
        "From": ["+15005550006"],
        "DateSent>": ["2026-11-19"],
        "PageSize": ["100"],
    }


async def test_what_has_no_date_yet_is_asked_for_before_absence_is_said() -> None:
    wire = Asked(page(), page(message(sid="SM2")))
    looked = await twilio(wire).look_up(DOUBT)
    assert (looked.found, looked.listed[0].provider_id) == (Found.OURS, "SM2")
    assert "DateSent" not in wire.urls[1]
    assert (await twilio(Asked(page(), page())).look_up(DOUBT)).found is Found.ABSENT


async def test_every_page_is_read() -> None:
    following = f"{PATH}?Page=1&PageToken=PA1"
    old = message(date_created="Fri, 01 May 2026 10:00:00 +0000")
    wire = Asked(page(old, following=following), page(message(sid="SM9")))
    looked = await twilio(wire).look_up(DOUBT)
    assert [one.provider_id for one in looked.listed] == ["SM9"]
    assert wire.urls[1] == f"https://api.test{following}"


async def test_a_service_is_asked_for_without_a_number() -> None:
    wire = Asked(page(message()))
    await twilio(wire, sender="MG" + "0" * 32).look_up(DOUBT)
    assert "From" not in parse_qs(urlsplit(wire.urls[0]).query)


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"body": 'Hi Ada - "all well"?'}, Found.OURS),  # Twilio's smart encoding
        ({"body": f"Sent from your Twilio trial account - {DOUBT.text}"}, Found.OURS),
        ({"body": "Your code is 123456"}, Found.UNCLEAR),
        ({"body": "Code", "date_created": format_datetime(BEGAN - timedelta(hours=1))},
         Found.ABSENT),
        ({"direction": "inbound"}, Found.ABSENT),
        ({"date_created": format_datetime(BEGAN - timedelta(minutes=30))}, Found.OURS),
        ({"date_created": format_datetime(BEGAN - timedelta(days=2))}, Found.ABSENT),
    ],
)  # fmt: skip
async def test_its_words_say_whose_message_it_is(change: dict[str, str], found: Found) -> None:
    wire = Asked(page(message(**change)), page(message(**change)))
    assert (await twilio(wire).look_up(DOUBT)).found is found


@pytest.mark.parametrize(
    "answer",
    [
        WireFailure(Answer.UNKNOWN, "timeout"),
        Reply(429, {}, b"{}"),
        Reply(500, {}, b"{}"),
        Reply(401, {}, b"{}"),
        Reply(200, {}, b"<!doctype html>"),
        Reply(200, {}, b"[]"),
        Reply(200, {}, b'{"messages": []}'),
        page(following="https://elsewhere.test/Messages.json"),
        page(message(date_created=None)),
    ],
)
async def test_a_list_that_cannot_be_read_to_its_end_says_nothing(answer: Any) -> None:
    assert (await twilio(Asked(answer)).look_up(DOUBT)).found is Found.NO_ANSWER


async def test_a_list_without_an_end_says_nothing() -> None:
    pages = [page(following=f"{PATH}?Page={number}") for number in range(20)]
    assert (await twilio(Asked(*pages)).look_up(DOUBT)).found is Found.NO_ANSWER


def test_another_attempts_message_is_no_proof_and_no_hindrance() -> None:
    other, own = Listed("SM1", BEGAN, is_ours=True), Listed("SM2", BEGAN, is_ours=True)
    assert Looked.at((other,)).without({"SM1"}).found is Found.ABSENT
    assert Looked.at((other, own)).without({"SM1"}).listed == (own,)
    assert Looked(Found.NO_ANSWER).without({"SM1"}).found is Found.NO_ANSWER


def sendgrid(wire: Asked) -> SendGridActivity:
    return SendGridActivity(wire, api_key="k", base_url="https://mail.test")


async def test_a_mail_is_found_by_its_mark() -> None:
    wire = Asked({"messages": [{"msg_id": "abc-D_9.recvd-5f54-1-0.0", "to_email": "a@b.test"}]})
    looked = await sendgrid(wire).look_up(DOUBT)
    assert looked == Looked(Found.OURS, (Listed("abc-D_9", None, is_ours=True),))
    query = parse_qs(urlsplit(wire.urls[0]).query)
    assert query["query"] == ["unique_args['attempt_id']=\"a-1\""]


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ({"messages": []}, Found.ABSENT),
        (Reply(401, {}, b"{}"), Found.NO_LIST),
        (Reply(403, {}, b"{}"), Found.NO_LIST),
        (Reply(404, {}, b"{}"), Found.NO_LIST),
        (Reply(429, {}, b"{}"), Found.NO_ANSWER),
        (Reply(503, {}, b""), Found.NO_ANSWER),
        (Reply(200, {}, b"<html>"), Found.NO_ANSWER),
        (Reply(200, {}, b"{}"), Found.NO_ANSWER),
        ({"messages": None}, Found.NO_ANSWER),
        ({"messages": [{}]}, Found.NO_ANSWER),
        ({"messages": [{"msg_id": None}]}, Found.NO_ANSWER),
        (WireFailure(Answer.RETRY, "dns"), Found.NO_ANSWER),
    ],
)
async def test_only_a_whole_and_empty_list_says_that_a_mail_is_absent(
    answer: Any, found: Found
) -> None:
    assert (await sendgrid(Asked(answer)).look_up(DOUBT)).found is found
