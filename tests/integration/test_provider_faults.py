"""What a provider's refusals and failures do to a crowd: against a stand-in, over real sockets."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from contacts.channels.outgoing import Answer, Receipt
from contacts.channels.rehearsal import API_KEY
from contacts.channels.sendgrid import SendGrid
from contacts.channels.wire import Limits, open_wire
from contacts.delivery.reconcile import reconcile
from contacts.record.engine import reading, writing
from contacts.record.sending.channels import open_channel
from contacts.record.tables import Attempt
from contacts.settings import Settings
from tests.cast import NOW
from tests.free_ports import free_port
from tests.rehearsal import Rehearsal, rehearsal
from tests.storm import Through, Weather, channel, codes, crowd, most_tries, reasons, states
from tests.world import World, world

HELLO = "  - {key: hello, channel: email, template: hello, day: 0}\n"
TEXT = "  - {key: ping, channel: sms, template: ping, day: 0}\n"
PROVIDERS = pytest.mark.parametrize(
    ("provider", "steps"), [("sendgrid", HELLO), ("twilio", TEXT)], ids=["email", "sms"]
)
MINUTE = timedelta(minutes=1)


@asynccontextmanager
async def stage(
    engine: Engine, settings: Settings, steps: str, number: int, folder: Path
) -> AsyncIterator[tuple[World, Rehearsal]]:
    """A crowd whose messages are due, and a stand-in that they go to."""
    crowd(engine, number)
    small = world(engine, settings, steps)
    small.plan(NOW)
    async with rehearsal(folder) as standin:
        small.email, small.sms = Through(way=standin.mail), Through(way=standin.sms)
        yield small, standin


def requests(small: World) -> int:
    return len(small.email.got) + len(small.sms.got)


async def accepted_once(standin: Rehearsal, number: int) -> None:
    """The provider's log: so many people have a message, and nobody has two."""
    kept = Counter(message["request"].get("StatusCallback") or to(message)
                   for message in await standin.kept())  # fmt: skip
    assert len(kept) == number
    assert set(kept.values()) == {1}


def to(message: dict[str, Any]) -> str:
    return str(message["request"]["personalizations"][0]["to"][0]["email"])


@PROVIDERS
async def test_f16_everybody_waits_as_long_as_the_provider_says(
    engine: Engine, settings: Settings, tmp_path: Path, provider: str, steps: str
) -> None:
    async with stage(engine, settings, steps, 12, tmp_path) as (small, standin):
        await standin.ask("faults", provider=provider, kind="429", seconds=300)
        await small.send(NOW)
        assert requests(small) == 1
        async with standin.http.delete(f"{standin.standin.url}/_standin/faults"):
            pass
        for minutes in (1, 2, 4):
            await small.send(NOW + minutes * MINUTE)
        assert requests(small) == 1
        assert reasons(engine) == {"rate": 11, "retry": 1}
        await small.send(NOW + 5.5 * MINUTE)
        await small.send(NOW + 11 * MINUTE)
        await accepted_once(standin, 12)
    assert states(engine) == {"accepted": 12}
    assert most_tries(engine) == 1


async def test_f16_a_limit_without_a_time_holds_for_a_minute(
    engine: Engine, settings: Settings
) -> None:
    crowd(engine, 8)
    small = world(engine, settings, HELLO)
    small.email = weather = Weather(storm=Receipt(Answer.RETRY, http_status=429, code="429"))
    small.plan(NOW)
    for seconds in range(0, 200, 20):
        await small.send(NOW + timedelta(seconds=seconds))
    assert len(weather.got) <= 4
    weather.storm = None
    for minutes in range(4, 20, 2):
        await small.send(NOW + minutes * MINUTE)
    assert states(engine) == {"accepted": 8}


@pytest.mark.parametrize(
    ("provider", "steps", "kind"), [("sendgrid", HELLO, "413"), ("twilio", TEXT, "400")]
)
async def test_f17_a_refused_message_fails_with_its_reason_and_the_others_go_on(
    sqlite_engine: Engine, settings: Settings, tmp_path: Path, provider: str, steps: str, kind: str
) -> None:
    await refuse(sqlite_engine, settings, tmp_path, (provider, steps, kind))


async def test_f17_a_refused_message_fails_alone_on_postgresql_too(
    postgresql_engine: Engine, settings: Settings, tmp_path: Path
) -> None:
    await refuse(postgresql_engine, settings, tmp_path, ("sendgrid", HELLO, "400"))


async def refuse(
    engine: Engine, settings: Settings, folder: Path, what: tuple[str, str, str]
) -> None:
    provider, steps, kind = what
    async with stage(engine, settings, steps, 6, folder) as (small, standin):
        await standin.ask("faults", provider=provider, kind=kind, count=2)
        await small.send(NOW)
        await small.send(NOW + 2 * MINUTE)
        await accepted_once(standin, 4)
        assert requests(small) == 6
    assert states(engine) == {"failed": 2, "accepted": 4}
    assert reasons(engine) == {"rejected": 2, None: 4}
    with reading(engine) as connection:
        refused = select(Attempt.http_status).where(Attempt.state == "rejected")
        assert list(connection.execute(refused).scalars()) == [int(kind)] * 2


@pytest.mark.parametrize(
    ("provider", "steps", "kind"), [("sendgrid", HELLO, "403"), ("twilio", TEXT, "401")]
)
async def test_f18_a_refused_key_closes_the_channel_until_somebody_opens_it(
    sqlite_engine: Engine, settings: Settings, tmp_path: Path, provider: str, steps: str, kind: str
) -> None:
    await close(sqlite_engine, settings, tmp_path, (provider, steps, kind))


async def test_f18_a_refused_key_closes_the_channel_on_postgresql_too(
    postgresql_engine: Engine, settings: Settings, tmp_path: Path
) -> None:
    await close(postgresql_engine, settings, tmp_path, ("sendgrid", HELLO, "401"))


async def close(
    engine: Engine, settings: Settings, folder: Path, what: tuple[str, str, str]
) -> None:
    provider, steps, kind = what
    name = "email" if provider == "sendgrid" else "sms"
    async with stage(engine, settings, steps, 12, folder) as (small, standin):
        await standin.ask("faults", provider=provider, kind=kind, count=1)
        await small.send(NOW)
        for minutes in (5, 20, 40, 60):
            await small.send(NOW + minutes * MINUTE)
        assert requests(small) == 1
        assert not channel(engine, name).open
        assert reasons(engine) == {"channel_closed": 12}
        with writing(engine) as connection:
            open_channel(connection, name, now=NOW)
        for minutes in (70, 80):
            await small.send(NOW + minutes * MINUTE)
        await accepted_once(standin, 12)


async def test_f24_an_answer_that_drips_is_given_up_and_stays_in_doubt(
    engine: Engine, settings: Settings, tmp_path: Path
) -> None:
    crowd(engine, 1)
    small = world(engine, settings, HELLO)
    small.plan(NOW)
    limits = Limits(2, connect_timeout=0.4, request_timeout=0.4)
    async with rehearsal(tmp_path) as standin, open_wire(limits) as wire:
        way = SendGrid(wire, api_key=API_KEY, base_url=standin.standin.url)
        small.email = Through(way=way)
        await standin.ask("faults", provider="sendgrid", kind="drip", count=1)
        await small.send(NOW)
        assert states(engine) == {"unknown": 1}
        assert codes(engine) == {"timeout": 1}
        await small.send(NOW + 30 * MINUTE)
        assert reconcile(engine, now=NOW + 61 * MINUTE) == 1
        await small.send(NOW + 62 * MINUTE)
        await accepted_once(standin, 1)


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://127.0.0.1:{port}", "connect"),
        ("http://nowhere.invalid", "dns"),
        ("https://127.0.0.1:{standin}", "tls"),
    ],
)
async def test_f26_what_never_left_is_tried_again_ever_later_until_it_arrives(
    engine: Engine, settings: Settings, tmp_path: Path, url: str, code: str
) -> None:
    limits = Limits(8, connect_timeout=20, request_timeout=20)
    async with stage(engine, settings, HELLO, 3, tmp_path) as (small, standin):
        port = standin.standin.url.rpartition(":")[2]
        base_url = url.format(port=free_port(), standin=port)
        async with open_wire(limits) as wire:
            small.email = Through(way=SendGrid(wire, api_key=API_KEY, base_url=base_url))
            tried = []
            for minutes in (0, 2, 4, 8, 14):
                await small.send(NOW + minutes * MINUTE)
                tried.append(requests(small))
        assert tried[0] == 3
        assert tried[-1] in range(9, 13)
        assert states(engine) == {"planned": 3}
        assert codes(engine) == {code: tried[-1]}
        small.email = Through(way=standin.mail)
        for minutes in (30, 60):
            await small.send(NOW + minutes * MINUTE)
        await accepted_once(standin, 3)


async def test_f26_a_day_without_network_wears_nobody_out(
    sqlite_engine: Engine, settings: Settings
) -> None:
    crowd(sqlite_engine, 5)
    small = world(sqlite_engine, settings, HELLO.replace("day: 0", "day: 0, any_time: true"))
    small.email = weather = Weather(storm=Receipt(Answer.RETRY, code="dns"))
    small.plan(NOW)
    for hours in range(24):
        await small.send(NOW + timedelta(hours=hours))
    assert states(sqlite_engine) == {"planned": 5}
    weather.storm = None
    for hours in (24, 25, 26):
        await small.send(NOW + timedelta(hours=hours))
    assert states(sqlite_engine) == {"accepted": 5}
