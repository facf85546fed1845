"""Providers are asked to erase until they have done it, and the address is kept no longer."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, select, update

from contacts.channels.erasing import Eraser, Erasing
from contacts.channels.outbox import open_outbox
from contacts.channels.rehearsal import standin_folder
from contacts.channels.standin.forget import erase_from_folder
from contacts.channels.standin.server import Standin, running_standin
from contacts.channels.wire import Limits, open_wire
from contacts.delivery.reconcile import reconcile
from contacts.delivery.settle import waiting as what_waits
from contacts.privacy.asking import ask_providers
from contacts.privacy.erase import erase
from contacts.privacy.requests import settle_by_hand, unconfirmed
from contacts.record.engine import reading, writing
from contacts.record.tables import Attempt, ErasureRequest, Message, Task, Touch
from contacts.settings import Settings
from tests.cast import NOW, SIGNING_KEY, ada
from tests.sent import sent, state_of
from tests.whole_record import SID, Cast, everything, whole

HOUR = timedelta(hours=1)


@dataclass
class Provider:
    """Does as it is told, and remembers what it was asked."""

    says: Erasing = field(default_factory=lambda: Erasing(done=True, http_status=202))
    asked: list[str] = field(default_factory=list)

    async def erase(self, target: str) -> Erasing:
        self.asked.append(target)
        return self.says


def providers(**says: Erasing) -> dict[str, Eraser]:
    return {name: Provider(**({"says": says[name]} if name in says else {})) for name in
            ("sendgrid", "twilio")}  # fmt: skip


def erased(engine: Engine) -> Cast:
    with writing(engine) as connection:
        cast = everything(connection)
    erase(engine, cast.ada, signing_key=SIGNING_KEY, now=NOW)
    return cast


def requests(engine: Engine) -> list[tuple[str, str | None, str]]:
    with reading(engine) as connection:
        rows = connection.execute(select(ErasureRequest).order_by(ErasureRequest.id))
        return [(row.provider, row.target, row.state) for row in rows]


def is_due(engine: Engine, at: datetime) -> bool:
    return what_waits(engine, now=at).erasures


async def test_c20_a_provider_is_asked_for_what_it_has_and_the_record_then_forgets(
    engine: Engine,
) -> None:
    cast = erased(engine)
    sms = f"provider-{cast.sms.touch_id}"
    assert requests(engine) == [
        ("sendgrid", "ada@example.com", "waiting"),
        ("twilio", sms, "waiting"),
        ("twilio", SID, "waiting"),
    ]
    asked = providers()
    assert await ask_providers(engine, asked, now=NOW) == 3
    assert asked["sendgrid"].asked == ["ada@example.com"]
    assert sorted(asked["twilio"].asked) == sorted([sms, SID])
    assert {(target, state) for _, target, state in requests(engine)} == {(None, "confirmed")}
    assert "ada@example" not in whole(engine).replace("nada@example.com", "")
    assert not is_due(engine, NOW + 48 * HOUR)


async def test_one_who_was_never_written_to_is_no_providers_business(engine: Engine) -> None:
    with writing(engine) as connection:
        her = ada(connection)
    erase(engine, her, signing_key=SIGNING_KEY, now=NOW)
    assert requests(engine) == []


async def test_c20_a_provider_that_does_not_do_it_is_asked_again_ever_more_rarely(
    engine: Engine,
) -> None:
    erased(engine)
    refusing = providers(sendgrid=Erasing(done=False, http_status=403))
    assert await ask_providers(engine, refusing, now=NOW) == 2
    assert not is_due(engine, NOW + timedelta(minutes=4))
    at = NOW
    for _ in range(10):
        at += 25 * HOUR
        assert is_due(engine, at)
        await ask_providers(engine, refusing, now=at)
        assert not is_due(engine, at + timedelta(minutes=9))
    with reading(engine) as connection:
        (stuck,) = unconfirmed(connection)
    assert (stuck.provider, stuck.count, stuck.tries, stuck.http_status) == ("sendgrid", 1, 11, 403)
    assert stuck.since == NOW
    await ask_providers(engine, providers(), now=at + 25 * HOUR)
    assert ("sendgrid", None, "confirmed") in requests(engine)


async def test_what_a_person_did_at_the_provider_is_asked_for_no_more(engine: Engine) -> None:
    cast = erased(engine)
    with writing(engine) as connection:
        assert settle_by_hand(connection, cast.ada) == 3
    assert {(target, state) for _, target, state in requests(engine)} == {(None, "by_hand")}
    assert not is_due(engine, NOW + HOUR)


async def test_nobody_is_asked_while_a_message_is_on_its_way(engine: Engine) -> None:
    with writing(engine) as connection:
        her = ada(connection)
        sms = sent(connection, her, channel="sms", state="sending", address="+12025550111")
        later = {"lease_until": NOW + timedelta(days=9000)}
        connection.execute(update(Attempt).values(later))
    erase(engine, her, signing_key=SIGNING_KEY, now=NOW)
    asked = providers()
    assert await ask_providers(engine, asked, now=NOW) == 0
    assert asked["twilio"].asked == []
    with writing(engine) as connection:
        connection.execute(update(Attempt).values(state="accepted", provider_id="SM-late"))
    assert await ask_providers(engine, asked, now=NOW + HOUR) == 1
    assert asked["twilio"].asked == ["SM-late"]
    with reading(engine) as connection:
        assert connection.execute(select(Message)).all() == []
    assert state_of(engine, sms.touch_id) == "sending"


async def test_a_message_that_stays_in_doubt_is_given_up_and_no_task_for_a_person(
    engine: Engine,
) -> None:
    with writing(engine) as connection:
        her = ada(connection)
        doubtful = sent(connection, her, channel="sms", state="unknown", address="+12025550111")
        connection.execute(update(Touch).values(state="unknown"))
    erase(engine, her, signing_key=SIGNING_KEY, now=NOW)
    assert reconcile(engine, now=NOW + 2 * HOUR) == 0
    assert state_of(engine, doubtful.touch_id) == "failed"
    await ask_providers(engine, providers(), now=NOW + 2 * HOUR)
    assert requests(engine) == [("twilio", None, "nothing")]
    with reading(engine) as connection:
        assert connection.execute(select(Message)).all() == []
        assert connection.execute(select(Task)).all() == []


@pytest.fixture
def played(sqlite_engine: Engine, settings: Settings) -> Engine:
    """One message each way to Ada, at the stand-in and on record."""
    with writing(sqlite_engine) as connection:
        cast = everything(connection)
        connection.execute(update(Attempt).where(Attempt.id == cast.sms.attempt_id).values(
            provider_id="SM" + "7" * 32))  # fmt: skip
    erase(sqlite_engine, cast.ada, signing_key=SIGNING_KEY, now=NOW)
    return sqlite_engine


async def fill(standin: Standin) -> None:
    for provider, id_, to in (
        ("sendgrid", "mail-1", "Ada@example.com"),
        ("twilio", "SM" + "7" * 32, "+12025550111"),
        ("sendgrid", "mail-2", "nada@example.com"),
        ("sendgrid", "digest", "olive@example.com"),
    ):
        words = "Call ada@example.com" if id_ == "digest" else "Hello"
        await standin.state.book.accept({
            "at": NOW.isoformat(), "provider": provider, "id": id_, "attempt_id": "", "to": to,
            "to_name": "", "sender": "us", "subject": "Hello", "status": "delivered",
            "body_hash": "", "request": {"to": to, "text": words},
        })  # fmt: skip
        standin.state.book.tell({"id": id_, "at": NOW.isoformat(), "event": "reply", "words": to})


def ids(standin: Standin) -> set[str]:
    return {kept.id for kept in standin.state.book.newest()}


async def test_c20_the_stand_in_answers_as_the_providers_do(
    played: Engine, settings: Settings
) -> None:
    async with running_standin(standin_folder(settings.state)) as standin:
        await fill(standin)
        port = int(standin.url.rpartition(":")[2])
        async with open_outbox(settings.model_copy(update={"standin_port": port})) as outbox:
            assert await ask_providers(played, outbox.erasers, now=NOW) == 3
            gone = await outbox.erasers["twilio"].erase("SM" + "7" * 32)
            wrong = await outbox.erasers["sendgrid"].erase("no address")
        assert (gone.done, gone.http_status) == (True, 404)
        assert (wrong.done, wrong.http_status) == (False, 400)
        assert ids(standin) == {"mail-2", "digest"}
        (digest, *_) = standin.state.book.search("olive")
        assert "ada@" in str(standin.state.book.words_of(digest)), "only its own door goes so far"
    log = (standin.folder / "log.jsonl").read_text() + (standin.folder / "events.jsonl").read_text()
    assert "Ada@" not in log
    assert "2025550111" not in log


async def test_the_stand_in_forgets_an_address_wherever_it_stands(settings: Settings) -> None:
    theirs = ["ada@example.com", "+12025550111"]
    async with running_standin(standin_folder(settings.state)) as standin:
        await fill(standin)
    assert await erase_from_folder(standin.folder, theirs) == 2
    async with running_standin(standin.folder) as again:
        await fill(again)
        async with open_wire(Limits(1, 5, 5)) as wire:
            url = f"{again.url}/_standin/erase"
            reply = await wire.post(url, b'{"addresses": ["ADA@example.com", "+12025550111"]}', {})
        assert reply.body == b'{"erased":2}'
        assert ids(again) == {"mail-2", "digest"}
        (digest, *_) = again.state.book.search("olive")
        assert again.state.book.words_of(digest)["request"]["text"] == "Call [erased]"
        await fill(again)
        assert len(ids(again)) == 4, "it goes on writing"
    log = (standin.folder / "log.jsonl").read_text()
    assert log.count("nada@example.com") == 6


async def test_a_running_message_is_not_deleted_at_twilio(
    settings: Settings, sqlite_engine: Engine
) -> None:
    folder = standin_folder(settings.state)
    async with running_standin(folder, "http://127.0.0.1:9", delay=999) as standin:
        sid = "SM" + "8" * 32
        await standin.state.book.accept({
            "at": NOW.isoformat(), "provider": "twilio", "id": sid, "attempt_id": "", "to": "+1",
            "to_name": "", "sender": "us", "subject": "", "status": "queued", "body_hash": "",
            "request": {},
        })  # fmt: skip
        port = int(standin.url.rpartition(":")[2])
        async with open_outbox(settings.model_copy(update={"standin_port": port})) as outbox:
            said = await outbox.erasers["twilio"].erase(sid)
    assert (said.done, said.http_status) == (False, 409)
