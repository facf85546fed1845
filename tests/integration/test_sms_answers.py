"""C11, C13: where we answer STOP, START and HELP ourselves, one text goes out, soon or never."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, update

from contacts.channels.erasing import Erasing
from contacts.channels.outbox import Outbox
from contacts.channels.outgoing import Answer, OutgoingSms, Receipt
from contacts.channels.twilio import parse_inbound
from contacts.delivery.own_words.answer_words import answer_words
from contacts.delivery.own_words.answering_back import answer_back, owes_anything
from contacts.delivery.tick import Tick
from contacts.listening.apply import apply_events
from contacts.listening.unsubscribe import unsubscribe
from contacts.privacy.asking import ask_providers
from contacts.privacy.erase import erase
from contacts.privacy.requests import add_requests
from contacts.record.consent.sms_answers import (
    About,
    Ended,
    SmsAnswer,
    end_answer,
    owed,
    take_answer,
)
from contacts.record.engine import reading, writing
from contacts.record.tables import Customer, ErasureRequest
from contacts.record.timeline import timeline
from contacts.settings import Settings
from tests.cast import NOW, SIGNING_KEY, ada, customer
from tests.rehearsal import rehearsal
from tests.world import World, world

HELLO = "  - {key: hello, channel: email, template: hello, day: 0}\n"
ADAS_PHONE = "+12025550111"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def ours(engine: Engine, settings: Settings) -> World:
    """Ada is a customer of a workspace that answers by itself."""
    settings = settings.model_copy(
        update={"sms_answers": "touchline", "business_name": "Bean & Co"}
    )
    with writing(engine) as connection:
        ada(connection)
    return world(engine, settings, HELLO)


def says(here: World, words: str, *, number: int = 1, at: datetime = NOW, **more: str) -> None:
    form = {"MessageSid": f"SM{number:032d}", "From": ADAS_PHONE, "Body": words, **more}
    with writing(here.engine) as connection:
        apply_events(connection, [parse_inbound(form, now=at)], settings=here.settings, now=at)


async def answers(here: World, *, at: datetime = NOW + MINUTE) -> list[OutgoingSms]:
    """What has gone out after one more look."""
    outbox = Outbox(email=here.email, sms=here.sms, live=frozenset())
    await answer_back(here.engine, outbox, settings=here.settings, now=at, monotonic=lambda: 0.0)
    return [message for message in here.sms.got if isinstance(message, OutgoingSms)]


def states(here: World) -> list[str]:
    with reading(here.engine) as connection:
        return list(connection.execute(select(SmsAnswer.state).order_by(SmsAnswer.id)).scalars())


async def test_c11_stop_is_confirmed_once_in_the_customers_language(ours: World) -> None:
    with writing(ours.engine) as connection:
        connection.execute(update(Customer).values(locale="de-AT"))
    says(ours, "STOP")
    (message,) = await answers(ours)
    assert (message.to, message.valid_seconds) == (ADAS_PHONE, 240)
    assert message.body.startswith("Bean & Co: Sie bekommen keine SMS mehr")
    assert len(await answers(ours)) == 1
    assert states(ours) == ["accepted"]


async def test_c11_two_stops_and_a_repeated_webhook_are_one_confirmation(ours: World) -> None:
    says(ours, "STOP")
    says(ours, "STOP")
    says(ours, "STOP STOP", number=2)
    assert len(await answers(ours)) == 1


async def test_c11_what_comes_six_minutes_late_is_not_confirmed(ours: World) -> None:
    says(ours, "STOP")
    assert owes_anything(ours.engine, ours.settings, now=NOW + 4 * MINUTE)
    assert not owes_anything(ours.engine, ours.settings, now=NOW + 6 * MINUTE)
    assert await answers(ours, at=NOW + 6 * MINUTE) == []


async def test_c11_nothing_is_answered_where_the_provider_does(ours: World) -> None:
    says(ours, "STOP", OptOutType="STOP")
    ours.settings = ours.settings.model_copy(update={"sms_answers": "provider"})
    says(ours, "HELP", number=2)
    assert await answers(ours) == []
    assert states(ours) == []


async def test_an_answer_that_was_taken_is_never_sent_by_another(ours: World) -> None:
    says(ours, "STOP")
    with writing(ours.engine) as connection:
        (one,) = owed(connection, now=NOW)
        assert take_answer(connection, one.id, attempt_id="a", words="", now=NOW)
        assert not take_answer(connection, one.id, attempt_id="b", words="", now=NOW)
    assert await answers(ours) == []  # its process may have sent it before it died


async def test_an_answer_in_doubt_is_not_repeated(ours: World) -> None:
    ours.sms.answers = [Receipt(Answer.UNKNOWN, code="timeout")]
    says(ours, "STOP")
    assert len(await answers(ours)) == 1
    assert len(await answers(ours)) == 1
    assert states(ours) == ["unknown"]


async def test_c13_help_is_answered_with_who_writes_and_where_to_turn(ours: World) -> None:
    says(ours, "HELP")
    (message,) = await answers(ours)
    assert message.body.startswith("Bean & Co: for help write to hello@example.com.")
    says(ours, "HELP", number=2, at=NOW + 2 * MINUTE)
    assert len(await answers(ours, at=NOW + 3 * MINUTE)) == 1  # another machine may be asking


async def test_c13_start_is_confirmed_where_it_lifts_a_stop(ours: World) -> None:
    says(ours, "STOP")
    says(ours, "START", number=2)
    (message,) = await answers(ours)
    assert "you will get SMS from us again" in message.body
    says(ours, "START", number=3)
    assert len(await answers(ours)) == 1


async def test_to_a_stopped_number_goes_the_one_confirmation_and_nothing_else(ours: World) -> None:
    with writing(ours.engine) as connection:
        theirs = connection.execute(select(Customer.id)).scalar_one()
        unsubscribe(connection, theirs, "sms", settings=ours.settings, now=NOW)
    for number, word in enumerate(("HELP", "START", "STOP"), 1):
        says(ours, word, number=number)
    assert await answers(ours) == []


async def test_a_stranger_gets_no_answer(ours: World) -> None:
    says(ours, "STOP", From="+12025550199")
    assert await answers(ours) == []


@pytest.mark.parametrize("phone", ["+12025550198", None])
async def test_c11_an_answer_goes_to_the_number_that_wrote_and_to_no_other(
    ours: World, phone: str | None
) -> None:
    says(ours, "HELP")
    with writing(ours.engine) as connection:  # an import, before the next pass
        connection.execute(update(Customer).values(phone=phone))
    assert await answers(ours) == []


async def test_a_shared_phone_gets_one_confirmation(ours: World) -> None:
    with writing(ours.engine) as connection:
        customer(connection, email="ann@example.com", phone=ADAS_PHONE)
    says(ours, "STOP")
    assert len(await answers(ours)) == 1


async def test_the_timeline_shows_what_we_answered(ours: World) -> None:
    says(ours, "STOP")
    await answers(ours)
    with reading(ours.engine) as connection:
        theirs = connection.execute(select(Customer.id)).scalar_one()
        said = {one.title: one.detail for one in timeline(connection, theirs, now=NOW + MINUTE)}
    assert said["Answer by SMS to STOP sent"].startswith("Bean & Co: you will get no more SMS")


async def test_a_pass_of_sending_answers_though_nothing_else_is_due(
    ours: World, tmp_path: Path
) -> None:
    says(ours, "STOP")
    async with rehearsal(tmp_path) as stage:
        port = int(stage.standin.url.rpartition(":")[2])
        settings = ours.settings.model_copy(update={"standin_port": port})
        await Tick(ours.engine, settings, NOW + MINUTE).send()
        await Tick(ours.engine, settings, NOW + MINUTE).send()
        kept = [message["request"]["To"] for message in await stage.kept()]
    assert kept == [ADAS_PHONE]
    assert states(ours) == ["accepted"]


async def test_c20_an_erasure_asks_twilio_to_erase_our_answer_too(ours: World) -> None:
    says(ours, "STOP")
    await answers(ours)
    with writing(ours.engine) as connection:
        theirs = connection.execute(select(Customer.id)).scalar_one()
        add_requests(connection, theirs, [], now=NOW)
        asked = set(connection.execute(select(ErasureRequest.target)).scalars())
        sent = connection.execute(select(SmsAnswer.provider_id)).scalar_one()
    assert asked == {sent, f"SM{1:032d}"}


class Twilio:
    """Does what it is asked, and remembers it."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def erase(self, target: str) -> Erasing:
        self.asked.append(target)
        return Erasing(done=True, http_status=204)


@pytest.mark.parametrize("became", ["accepted", "refused", "unknown"])
async def test_c20_an_answer_on_the_wire_during_an_erasure_is_erased_once_its_id_is_known(
    ours: World, became: str
) -> None:
    says(ours, "STOP")
    with writing(ours.engine) as connection:
        (one,) = owed(connection, now=NOW)
        assert take_answer(connection, one.id, attempt_id="a", words="", now=NOW)
    done = erase(ours.engine, one.customer_id, signing_key=SIGNING_KEY, now=NOW)
    assert (done.requests["twilio"], done.on_the_way) == (2, 1)
    twilio = Twilio()
    assert await ask_providers(ours.engine, {"twilio": twilio}, now=NOW) == 1  # what they wrote
    sid = "SM-late" if became == "accepted" else None
    with writing(ours.engine) as connection:
        end_answer(connection, one.id, Ended(became, NOW, sid, None, None))
    assert await ask_providers(ours.engine, {"twilio": twilio}, now=NOW) == 0  # it is not yet time
    await ask_providers(ours.engine, {"twilio": twilio}, now=NOW + 5 * MINUTE)
    assert twilio.asked[1:] == (["SM-late"] if sid else [])
    with reading(ours.engine) as connection:
        ends = connection.execute(select(ErasureRequest.state).order_by(ErasureRequest.id))
        expected = {"accepted": "confirmed", "refused": "nothing", "unknown": "waiting"}
        assert ends.scalars().all() == ["confirmed", expected[became]]


async def test_c20_an_answer_that_is_owed_to_somebody_erased_is_not_sent(ours: World) -> None:
    says(ours, "STOP")
    with reading(ours.engine) as connection:
        (one,) = owed(connection, now=NOW)
    erase(ours.engine, one.customer_id, signing_key=SIGNING_KEY, now=NOW)
    with writing(ours.engine) as connection:  # by a worker that had read of it before
        assert not take_answer(connection, one.id, attempt_id="a", words="", now=NOW)


@pytest.mark.parametrize("locale", ["de", "es", "fr", "pt-BR", "it", "nl", "hi", "ne", "be", "ru"])
def test_every_language_names_the_sender_and_the_way_back(settings: Settings, locale: str) -> None:
    stop, start, help_ = (answer_words(about, locale, settings) for about in About)
    assert "START" in stop
    assert "STOP" in start
    assert settings.sender_email in help_
    for words in (stop, start, help_):
        assert words.startswith(settings.business_name)
        assert "http" not in words
    assert stop != answer_words(About.STOP, "xx", settings)
