"""The stand-in's Twilio: what it takes, what it refuses, what it lists."""

from pathlib import Path
from typing import Any

import aiohttp
import pytest

from contacts.channels.outgoing import Answer
from contacts.channels.rehearsal import ACCOUNT_SID, AUTH_TOKEN
from tests.rehearsal import NUMBER, Rehearsal, receiving, rehearsal, text

MESSAGES = f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages"
ACCOUNT = aiohttp.encode_basic_auth(ACCOUNT_SID, AUTH_TOKEN)
FORM = {"To": "+12025550111", "From": NUMBER, "Body": "Hi Ada"}


async def post(stage: Rehearsal, form: dict[str, str], account: str = ACCOUNT) -> tuple[int, Any]:
    async with stage.http.post(
        f"{stage.standin.url}{MESSAGES}.json", data=form, headers={"Authorization": account}
    ) as answer:
        return answer.status, await answer.json()


async def get(stage: Rehearsal, path: str, **query: str) -> tuple[int, Any]:
    async with stage.http.get(
        f"{stage.standin.url}{MESSAGES}{path}", params=query, headers={"Authorization": ACCOUNT}
    ) as answer:
        return answer.status, await answer.json()


async def test_what_the_sdk_makes_is_accepted_and_kept(tmp_path: Path) -> None:
    async with rehearsal(tmp_path) as stage:
        receipt = await stage.sms.send(text(attempt_id="a-1"))
        [kept] = await stage.kept()
    assert receipt.answer is Answer.ACCEPTED
    assert (kept["id"], kept["provider"]) == (receipt.provider_id, "twilio")
    assert (kept["attempt_id"], kept["to"], kept["segments"]) == ("a-1", "+12025550111", 1)
    assert kept["request"]["ValidityPeriod"] == "3600"


async def test_a_created_message_looks_like_twilios(tmp_path: Path) -> None:
    async with rehearsal(tmp_path) as stage:
        status, message = await post(stage, FORM)
        fetched = await get(stage, f"/{message['sid']}.json")
    assert (status, message["status"], message["direction"]) == (201, "queued", "outbound-api")
    assert (message["to"], message["from"], message["body"]) == tuple(FORM.values())
    assert message["date_sent"] is None
    assert fetched == (200, message)


async def test_a_service_picks_its_sender_later(tmp_path: Path) -> None:
    form = {"To": "+12025550111", "MessagingServiceSid": "MG" + "a" * 32, "Body": "Hi"}
    async with rehearsal(tmp_path) as stage:
        status, message = await post(stage, form)
    assert (status, message["status"], message["from"]) == (201, "accepted", None)
    assert message["num_segments"] == "0"


@pytest.mark.parametrize(
    "account", ["", "Bearer x", aiohttp.encode_basic_auth(ACCOUNT_SID, "other")]
)
async def test_another_account_is_refused(tmp_path: Path, account: str) -> None:
    async with rehearsal(tmp_path) as stage:
        status, error = await post(stage, FORM, account)
        assert await stage.kept() == []
    assert (status, error["code"]) == (401, 20003)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"To": ""}, 21604),
        ({"To": "12025550111"}, 21211),
        ({"To": "+15005550001"}, 21211),
        ({"To": "+15005550002"}, 21612),
        ({"To": "+15005550003"}, 21408),
        ({"To": "+15005550004"}, 21610),
        ({"To": "+15005550009"}, 21614),
        ({"From": ""}, 21603),
        ({"From": "Business Name Ltd"}, 21212),
        ({"From": "+12025550111"}, 21266),
        ({"Body": ""}, 21602),
        ({"Body": "x" * 1601}, 21617),
        ({"StatusCallback": "nowhere"}, 21609),
        ({"StatusCallback": "https://a_b.example/"}, 21609),
        ({"ValidityPeriod": "36001"}, 20001),
    ],
)
async def test_a_broken_message_is_refused_with_its_code(
    tmp_path: Path, change: dict[str, str], code: int
) -> None:
    async with rehearsal(tmp_path) as stage:
        status, error = await post(stage, FORM | change)
        assert await stage.kept() == []
    assert (status, error["code"], error["status"]) == (400, code, 400)
    assert error["more_info"].endswith(str(code))


async def test_the_list_is_filtered_and_newest_first(tmp_path: Path) -> None:
    async with rehearsal(tmp_path) as stage:
        await stage.ask("clock", at="2026-11-19T12:00:00Z")
        await post(stage, FORM | {"Body": "one"})
        await stage.ask("clock", at="2026-11-20T12:00:00Z")
        await post(stage, FORM | {"Body": "two"})
        await post(stage, FORM | {"Body": "other", "To": "+12025550122"})
        for kept in stage.standin.state.book.newest():
            kept.status = "sent"
        to = {"To": "+12025550111"}
        _, everything = await get(stage, ".json", **to)
        _, recent = await get(stage, ".json", **to, **{"DateSent>": "2026-11-20"})
        _, nothing = await get(stage, ".json", **to, From="+12025550199")
        _, page = await get(stage, ".json", PageSize="2")
        status, _ = await get(stage, ".json", PageSize="0")
    assert [message["body"] for message in everything["messages"]] == ["two", "one"]
    assert [message["body"] for message in recent["messages"]] == ["two"]
    assert nothing["messages"] == []
    assert [message["body"] for message in page["messages"]] == ["other", "two"]
    assert "Page=1" in page["next_page_uri"]
    assert status == 400


async def test_what_still_waits_is_on_no_list_that_asks_for_a_date(tmp_path: Path) -> None:
    async with rehearsal(tmp_path) as stage:
        _, message = await post(stage, FORM)
        _, dated = await get(stage, ".json", **{"DateSent>": "2020-01-01"})
        _, whole = await get(stage, ".json")
    assert dated["messages"] == []
    assert [one["sid"] for one in whole["messages"]] == [message["sid"]]


async def test_a_list_may_lag_behind_and_fail_apart_from_sending(tmp_path: Path) -> None:
    async with rehearsal(tmp_path) as stage:
        await stage.ask("faults", provider="twilio", endpoint="list", kind="500", count=1)
        await stage.ask("faults", endpoint="list", kind="lag", seconds=60, count=1)
        _, message = await post(stage, FORM)
        status, _ = await get(stage, ".json")
        _, lagging = await get(stage, ".json")
        _, whole = await get(stage, ".json")
        refused = await stage.ask("faults", kind="lag")
    assert (status, lagging["messages"]) == (500, [])
    assert [one["sid"] for one in whole["messages"]] == [message["sid"]]
    assert "lag" in refused["error"]


async def test_after_stop_a_number_gets_nothing_until_start(tmp_path: Path) -> None:
    async with receiving(tmp_path) as receiver, rehearsal(tmp_path, receiver) as stage:
        await stage.sms.send(text())
        await stage.ask("reply", to=text().to, text="Stop")
        refused = await stage.sms.send(text())
        await stage.ask("reply", to=text().to, text="START")
        accepted = await stage.sms.send(text())
    assert (refused.answer, refused.code, refused.opted_out) == (Answer.REFUSED, "21610", True)
    assert accepted.answer is Answer.ACCEPTED


async def test_an_opt_out_survives_a_restart(tmp_path: Path) -> None:
    async with receiving(tmp_path) as receiver:
        async with rehearsal(tmp_path, receiver) as stage:
            await stage.sms.send(text())
            await stage.ask("reply", to=text().to, text="STOP")
        async with rehearsal(tmp_path, receiver) as stage:
            refused = await stage.sms.send(text())
    assert refused.opted_out
