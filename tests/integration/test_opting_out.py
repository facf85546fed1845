"""What an opt-out does to cadences: the channel ends, and what can go by the other one goes on."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select

from contacts.channels.outgoing import Answer, Receipt
from contacts.record.consent.optout import BY_LINK, BY_SMS, Said, opt_out
from contacts.record.engine import reading, writing
from contacts.record.tables import Enrolment, Queued, Touch
from contacts.settings import Settings
from tests.cast import NOW, ada, agrees, customer
from tests.world import World, world

MAIL = "  - {key: hello, channel: email, template: hello, day: 0}\n"
TEXT = "  - {key: ping, channel: sms, template: ping, day: 1}\n"
EITHER = "  - {key: ping, channel: sms, template: ping, day: 1, otherwise: email}\n"
MORE_MAIL = "  - {key: again, channel: email, template: ping, day: 3}\n"
MORE_TEXT = "  - {key: more, channel: sms, template: ping, day: 4}\n"
CALL = "  - {key: call, channel: call, template: welcome, day: 5, wait: true}\n"
STOPS = "{on: [opt_out]}"
A_DAY = timedelta(days=1)
ADDRESSES = {"sms": "+12025550111", "email": "ada@example.com"}
MONDAY = NOW + 3 * A_DAY


def stops(here: World, channel: str, **changes: Any) -> None:
    """Ada says stop on this channel, an hour later."""
    at = NOW + timedelta(hours=1)
    source = BY_SMS if channel == "sms" else BY_LINK
    said = Said(channel, None, ADDRESSES[channel], source, "test:1", at)
    with writing(here.engine) as connection:
        opt_out(connection, replace(said, **changes), settings=here.settings, now=at)


async def written_to(engine: Engine, settings: Settings, steps: str, **top: str) -> World:
    """Ada got the first mail, and the next touch is planned."""
    with writing(engine) as connection:
        ada(connection)
    small = world(engine, settings, MAIL + steps, **({"stop": STOPS} | top))
    await small.tick(NOW)
    small.plan(NOW + timedelta(minutes=1))
    return small


def enrolment(engine: Engine) -> tuple[str, str | None]:
    with reading(engine) as connection:
        row = connection.execute(select(Enrolment.state, Enrolment.reason)).one()
    return row.state, row.reason


def queued(engine: Engine) -> list[int]:
    with reading(engine) as connection:
        return list(connection.execute(select(Queued.touch_id)).scalars())


async def test_f45_a_stop_by_sms_lets_the_mails_of_the_cadence_go_on(
    engine: Engine, settings: Settings
) -> None:
    small = await written_to(engine, settings, TEXT + MORE_MAIL)
    assert small.touches()[-1] == ("ping", "planned", None)
    stops(small, "sms")
    assert enrolment(engine) == ("active", None)
    await small.tick(MONDAY)
    assert small.sms.got == []
    assert [message.subject for message in small.email.got] == ["Hello Ada", "All well?"]
    assert ("ping", "skipped", "suppressed") in small.touches()


async def test_a_touch_on_the_closed_channel_stands_as_nobodys_next_one(
    engine: Engine, settings: Settings
) -> None:
    small = await written_to(engine, settings, TEXT + MORE_MAIL)
    stops(small, "sms")
    assert queued(engine) == []
    with reading(engine) as connection:
        plan_at = connection.execute(select(Enrolment.plan_at)).scalar_one()
    assert plan_at == NOW + timedelta(hours=1)
    small.plan(plan_at)
    assert small.touches()[1:] == [("ping", "skipped", "suppressed"), ("again", "planned", None)]


async def test_a_touch_that_can_go_by_the_other_channel_is_planned_for_that_one(
    engine: Engine, settings: Settings
) -> None:
    small = await written_to(engine, settings, EITHER)
    before = queued(engine)
    stops(small, "sms")
    assert queued(engine) == before
    with reading(engine) as connection:
        channel = connection.execute(select(Touch.channel).where(Touch.id == before[0]))
        assert channel.scalar_one() == "email"
    await small.send(MONDAY)
    assert (small.sms.got, small.email.got[-1].subject) == ([], "All well?")


@pytest.mark.parametrize(
    ("steps", "channel"), [(TEXT, "sms"), (TEXT + MORE_TEXT + CALL, "sms"), (MORE_MAIL, "email")]
)
async def test_a_cadence_that_can_reach_them_in_writing_no_more_ends(
    sqlite_engine: Engine, settings: Settings, steps: str, channel: str
) -> None:
    small = await written_to(sqlite_engine, settings, steps)
    stops(small, channel)
    assert enrolment(sqlite_engine) == ("stopped", "opted_out")
    assert small.touches()[1:] == [(small.touches()[1][0], "skipped", "stopped")]
    assert queued(sqlite_engine) == []


async def test_a_cadence_whose_last_step_was_made_is_finished_and_not_stopped(
    sqlite_engine: Engine, settings: Settings
) -> None:
    with writing(sqlite_engine) as connection:
        ada(connection)
    small = world(sqlite_engine, settings, MAIL, stop=STOPS)
    await small.tick(NOW)
    stops(small, "email")
    small.plan(NOW + A_DAY)
    assert enrolment(sqlite_engine) == ("finished", None)


async def test_the_last_channel_to_close_ends_what_the_first_one_left(
    sqlite_engine: Engine, settings: Settings
) -> None:
    small = await written_to(sqlite_engine, settings, TEXT + MORE_MAIL + CALL)
    stops(small, "sms")
    assert enrolment(sqlite_engine) == ("active", None)
    stops(small, "email")
    assert enrolment(sqlite_engine) == ("stopped", "opted_out")


async def test_calls_and_visits_go_on_as_long_as_a_channel_is_left(
    sqlite_engine: Engine, settings: Settings
) -> None:
    call = CALL.replace("day: 5", "day: 2")
    small = await written_to(sqlite_engine, settings, TEXT + call + MORE_MAIL)
    stops(small, "sms")
    await small.tick(MONDAY)
    assert [task.kind for task in small.tasks()] == ["call"]


async def test_a_cadence_that_goes_round_counts_all_its_steps_as_still_to_come(
    sqlite_engine: Engine, settings: Settings
) -> None:
    small = await written_to(sqlite_engine, settings, TEXT, repeat="30d")
    stops(small, "sms")
    assert enrolment(sqlite_engine) == ("active", None)


async def test_a_cadence_whose_file_does_not_stop_goes_on_with_what_is_left(
    sqlite_engine: Engine, settings: Settings
) -> None:
    small = await written_to(sqlite_engine, settings, TEXT + CALL, stop="{on: [reply]}")
    stops(small, "sms")
    small.plan(MONDAY)
    assert enrolment(sqlite_engine) == ("active", None)
    assert small.touches()[1:] == [("ping", "skipped", "suppressed"), ("call", "planned", None)]


@pytest.mark.parametrize("answer", [Answer.UNKNOWN, Answer.ACCEPTED])
async def test_what_is_in_doubt_or_on_its_way_keeps_its_place(
    sqlite_engine: Engine, settings: Settings, answer: Answer
) -> None:
    with writing(sqlite_engine) as connection:
        ada(connection)
    small = world(sqlite_engine, settings, TEXT.replace("day: 1", "day: 0") + MORE_MAIL, stop=STOPS)
    small.sms.answers = [Receipt(answer, provider_id="p-1", code="timeout")]
    if answer is Answer.ACCEPTED:  # they say it while the request is on its way
        small.sms.asked = lambda: stops(small, "sms")
    await small.tick(NOW)
    if answer is Answer.UNKNOWN:
        stops(small, "sms")
    state = "unknown" if answer is Answer.UNKNOWN else "accepted"
    assert small.touches() == [("ping", state, "in_doubt" if state == "unknown" else None)]
    assert enrolment(sqlite_engine) == ("active", None)


async def test_who_gave_no_consent_to_the_other_channel_has_none_left(
    sqlite_engine: Engine, settings: Settings
) -> None:
    with writing(sqlite_engine) as connection:
        one = customer(connection, email="ada@example.com", phone="+12025550122")
        agrees(connection, one, "email", at=NOW)
    small = world(sqlite_engine, settings, MAIL + EITHER + MORE_TEXT, stop=STOPS)
    await small.tick(NOW)
    stops(small, "email")
    assert enrolment(sqlite_engine) == ("stopped", "opted_out")


async def test_c10_a_stop_to_one_cadence_is_a_stop_to_every_other_sms(
    engine: Engine, settings: Settings
) -> None:
    small = await written_to(engine, settings, TEXT + MORE_MAIL)
    other = world(engine, settings, TEXT + MORE_MAIL, name="other", stop=STOPS)
    other.sms = small.sms
    other.plan(NOW)
    stops(small, "sms")
    for day in range(8):
        for one in (small, other):
            await one.tick(NOW + day * A_DAY)
    assert small.sms.got == []
    skipped = [touch for touch in small.touches() if touch[0] == "ping"]
    assert skipped == [("ping", "skipped", "suppressed")] * 2
