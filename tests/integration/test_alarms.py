"""What providers' events say of ourselves stops what must not go on, until a person opens it."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, insert, select, update

from contacts.cadences.permit import LOOK_AGAIN
from contacts.channels.incoming import EventKind, IncomingEvent
from contacts.listening.apply import apply_events
from contacts.record.engine import reading, writing
from contacts.record.sending.channels import open_channel
from contacts.record.tables import Attempt, Customer, Queued
from contacts.record.upkeep.health import record_findings
from contacts.settings import Settings
from flows.wording import channel_words
from tests.cast import NOW, ada, agrees, customer
from tests.sent import sent
from tests.storm import channel
from tests.world import World, world

OFFER = "  - {key: offer, channel: email, template: offer, day: 0}"
HELLO = "  - {key: hello, channel: email, template: hello, day: 0}"
HOUR = timedelta(hours=1)


def mailed(engine: Engine, count: int) -> None:
    """A customer got so many mails in the last days."""
    with writing(engine) as connection:
        customer_id = customer(connection, email="many@example.com")
        first = sent(connection, customer_id)
        row = {
            "touch_id": first.touch_id, "customer_id": customer_id, "channel": "email",
            "state": "accepted", "fence": 1, "lease_until": NOW, "template": "hello",
            "body_hash": "0" * 64, "segments": 1, "started_at": NOW - timedelta(days=2),
        }  # fmt: skip
        days = [NOW.date() + timedelta(days=number) for number in range(1, count)]
        rows = [row | {"id": f"mail-{day}", "local_date": day} for day in days]
        connection.execute(insert(Attempt), rows)


def complain(engine: Engine, settings: Settings, *numbers: int, at: datetime = NOW) -> None:
    """So many who got a mail of ours at that instant call it spam."""
    events = []
    with writing(engine) as connection:
        for number in numbers:
            one = customer(connection, email=f"cross-{number}@example.com")
            mail = sent(connection, one, at=at)
            events.append(complaint(number, mail.attempt_id))
    hear(engine, settings, *events)


def complaint(number: int, attempt_id: str | None = None) -> IncomingEvent:
    address = f"cross-{number}@example.com"
    kind = EventKind.COMPLAINED
    return IncomingEvent("sendgrid", f"spam-{number}", kind, "email", NOW, attempt_id, address)


def hear(engine: Engine, settings: Settings, *events: IncomingEvent) -> None:
    with writing(engine) as connection:
        apply_events(connection, events, settings=settings, now=NOW + HOUR)


def two_cadences(engine: Engine, settings: Settings) -> tuple[World, World]:
    """Marketing and service, both due to ada."""
    marketing = world(engine, settings, OFFER, name="offers", purpose="marketing")
    service = world(engine, settings, HELLO)
    with writing(engine) as connection:
        agrees(connection, ada(connection), "email", at=NOW - HOUR)
    marketing.plan(NOW)
    return marketing, service


@pytest.mark.parametrize(("mails", "held"), [(998, False), (997, True)])
def test_c03_c04_marketing_waits_where_three_in_a_thousand_complain(
    sqlite_engine: Engine, settings: Settings, mails: int, held: bool
) -> None:
    with sqlite_engine.begin() as connection:  # so that a thousand mails need one touch only
        connection.exec_driver_sql("DROP INDEX one_live_attempt")
    mailed(sqlite_engine, mails)
    complain(sqlite_engine, settings, 1, 2, 3)
    said = channel(sqlite_engine).marketing_held
    assert (said == "3 of 1,000 mails of the last 7 days were called spam") is held
    assert (said is not None) is held


def test_c03_complaints_about_the_mail_of_others_do_not_count(
    engine: Engine, settings: Settings
) -> None:
    hear(engine, settings, *map(complaint, range(5)))
    assert channel(engine).marketing_held is None


def test_c03_a_complaint_or_two_are_no_rate(engine: Engine, settings: Settings) -> None:
    complain(engine, settings, 1, 2)
    assert channel(engine).marketing_held is None


async def test_c03_while_marketing_waits_service_goes_on(
    engine: Engine, settings: Settings
) -> None:
    marketing, service = two_cadences(engine, settings)
    complain(engine, settings, 1, 2, 3)
    report = await marketing.send(NOW)
    assert marketing.email.got == []
    assert report.of("offers").deferred == {"complaints": 1}
    await service.tick(NOW)
    assert [mail.to for mail in service.email.got if mail.to == "ada@example.com"]


async def test_c03_marketing_that_waits_does_not_come_back_all_at_one_instant(
    engine: Engine, settings: Settings
) -> None:
    marketing, _ = two_cadences(engine, settings)
    with writing(engine) as connection:
        for number in range(5):
            one = customer(connection, email=f"more-{number}@example.com")
            agrees(connection, one, "email", at=NOW - HOUR)
    marketing.plan(NOW)
    complain(engine, settings, 1, 2, 3)
    await marketing.send(NOW)
    with reading(engine) as connection:
        again = [
            at for at in connection.execute(select(Queued.ready_at)).scalars()
            if at > NOW + LOOK_AGAIN
        ]  # fmt: skip
    assert len(set(again)) > 1


async def test_c03_marketing_that_turns_to_e_mail_at_the_gate_waits_as_well(
    engine: Engine, settings: Settings
) -> None:
    by_either = "  - {key: offer, channel: sms, otherwise: email, template: ping, day: 0}"
    marketing = world(engine, settings, by_either, name="offers", purpose="marketing")
    with writing(engine) as connection:
        ada_id = ada(connection)
        for by in ("email", "sms"):
            agrees(connection, ada_id, by, at=NOW - HOUR)
    marketing.plan(NOW)
    complain(engine, settings, 1, 2, 3)
    with writing(engine) as connection:
        connection.execute(update(Customer).values(phone=None))
    report = await marketing.send(NOW)
    assert marketing.email.got == []
    assert report.of("offers").deferred == {"complaints": 1}


async def test_c03_a_person_lets_marketing_go_on_and_counts_anew(
    engine: Engine, settings: Settings
) -> None:
    marketing, _ = two_cadences(engine, settings)
    complain(engine, settings, 1, 2, 3)
    await marketing.send(NOW)
    with writing(engine) as connection:
        open_channel(connection, "email", now=NOW + HOUR)
    complain(engine, settings, 4)
    assert channel(engine).marketing_held is None
    await marketing.send(NOW + HOUR)
    assert [mail.to for mail in marketing.email.got] == ["ada@example.com"]


def test_c03_it_is_told_to_whoever_looks(engine: Engine, settings: Settings) -> None:
    complain(engine, settings, 1, 2, 3)
    [found] = [
        one for one in record_findings(engine, now=NOW)
        if one.check == "channel" and one.verdict == "FAIL"
    ]  # fmt: skip
    assert found.said.startswith("email keeps marketing back: 3 of 3 mails")
    assert "touchline channel open email" in found.remedy
    assert "marketing waits: 3 of 3 mails" in channel_words(channel(engine), NOW)


def failed_sms(engine: Engine, code: str, *, number: int = 1) -> IncomingEvent:
    """An SMS of ours did not arrive, for the reason of this code."""
    with writing(engine) as connection:
        one = customer(connection, email=f"sms-{number}@example.com")
        sms = sent(connection, one, channel="sms", step="text")
    payload = {"MessageStatus": "undelivered", "ErrorCode": code}
    kind = EventKind.UNDELIVERED
    return IncomingEvent(
        "twilio", f"failed-{number}", kind, "sms", NOW, sms.attempt_id, payload=payload
    )


def test_c16_a_number_that_is_not_registered_closes_sms(engine: Engine, settings: Settings) -> None:
    hear(engine, settings, failed_sms(engine, "30034"))
    assert not channel(engine, "sms").open
    assert "30034" in (channel(engine, "sms").reason or "")


def test_c16_another_failure_of_an_sms_closes_nothing(engine: Engine, settings: Settings) -> None:
    hear(engine, settings, failed_sms(engine, "30003"))
    assert channel(engine, "sms").open


def test_c16_what_a_person_writes_closes_nothing(engine: Engine, settings: Settings) -> None:
    words = "My ZIP is 30034 now"
    reply = IncomingEvent(
        "twilio", "SM1", EventKind.REPLIED, "sms", NOW, address="+12025550199", detail=words
    )
    hear(engine, settings, reply)
    assert channel(engine, "sms").open


def test_c16_what_left_before_a_person_opened_it_does_not_close_it_again(
    engine: Engine, settings: Settings
) -> None:
    first, late = failed_sms(engine, "30034"), failed_sms(engine, "30034", number=2)
    hear(engine, settings, first)
    with writing(engine) as connection:
        open_channel(connection, "sms", now=NOW + HOUR)
    hear(engine, settings, late)
    assert channel(engine, "sms").open
