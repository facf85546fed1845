"""What protects the provider and us while it is down: the breaker, over workers and passes."""

import asyncio
from collections import Counter
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, update

from contacts.channels.outgoing import Answer, Receipt
from contacts.delivery.breaker import UNKNOWN_IN_A_ROW
from contacts.record.engine import open_record, writing
from contacts.record.sending.channels import open_channel
from contacts.record.tables import Queued
from contacts.settings import Settings
from tests.cast import NOW
from tests.storm import ERROR_500, Weather, channel, crowd, reasons, states
from tests.world import ACCEPTED, World, world

HELLO = "  - {key: hello, channel: email, template: hello, day: 0}\n"
TEXT = "  - {key: ping, channel: sms, template: ping, day: 0}\n"
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize("due", [100, pytest.param(1000, marks=pytest.mark.long)])
async def test_f27_an_hour_of_500s_costs_five_messages_and_the_probes(
    engine: Engine, settings: Settings, due: int
) -> None:
    crowd(engine, due)
    small = world(engine, settings, HELLO)
    small.email = weather = Weather(storm=ERROR_500)
    small.plan(NOW)
    probes = 0
    for minutes in range(0, 60, 5):
        before = len(weather.got)
        await small.send(NOW + timedelta(minutes=minutes))
        if minutes == 0:
            assert len(weather.got) == UNKNOWN_IN_A_ROW
        else:
            assert len(weather.got) - before <= 1
            probes += len(weather.got) - before
    assert 3 <= probes <= 7
    assert states(engine) == {"unknown": 5 + probes, "planned": due - 5 - probes}
    assert channel(engine).rested_at is not None
    weather.storm = None
    sent = await passes(small, NOW + HOUR)
    assert states(engine) == {"unknown": 5 + probes, "accepted": due - 5 - probes}
    assert Counter(one.to for one in weather.got).most_common(1)[0][1] == 1
    assert len(sent) >= 3  # spread over passes, after the one message that tried
    assert sent[0] == 1
    assert max(sent) < 0.6 * due
    assert channel(engine).rested_at is None


async def passes(small: World, start: datetime) -> list[int]:
    """A pass every five minutes until nothing is left; how many each one sent."""
    sent: list[int] = []
    for number in range(12):
        report = await small.send(start + timedelta(minutes=5 * number))
        sent.append(report.sent)
        if not states(small.engine)["planned"]:
            break
    return [number for number in sent if number]


async def test_f27_two_workers_count_together(engine: Engine, settings: Settings) -> None:
    crowd(engine, 40)
    small = world(engine, settings.model_copy(update={"batch_size": 10}), HELLO)
    small.email = weather = Weather(storm=ERROR_500)
    small.plan(NOW)
    await asyncio.gather(small.send(NOW), small.send(NOW))
    assert len(weather.got) <= UNKNOWN_IN_A_ROW + 1  # one may be on the wire of either
    await asyncio.gather(small.send(NOW + 3 * MINUTE), small.send(NOW + 3 * MINUTE))
    assert len(weather.got) <= UNKNOWN_IN_A_ROW + 2


async def test_f27_a_restarted_worker_still_knows_the_storm(
    sqlite_engine: Engine, settings: Settings
) -> None:
    crowd(sqlite_engine, 20)
    small = world(sqlite_engine, settings, HELLO)
    small.email = weather = Weather(storm=ERROR_500)
    small.plan(NOW)
    await small.send(NOW)
    small.engine = open_record(sqlite_engine.url.render_as_string(hide_password=False))
    await small.send(NOW + timedelta(seconds=59))
    assert len(weather.got) == UNKNOWN_IN_A_ROW
    small.engine.dispose()


async def test_answers_in_doubt_add_up_over_passes(engine: Engine, settings: Settings) -> None:
    small = world(engine, settings, HELLO)
    small.email = weather = Weather(storm=ERROR_500)
    for number in range(8):
        crowd(engine, 1, first=number)
        await small.tick(NOW + number * timedelta(seconds=1))
    assert len(weather.got) == UNKNOWN_IN_A_ROW
    assert reasons(engine) == {"in_doubt": 5, "resting": 3}


async def test_a_definite_answer_between_begins_the_count_anew(
    engine: Engine, settings: Settings
) -> None:
    crowd(engine, 12)
    small = world(engine, settings.model_copy(update={"connections": 1}), HELLO)
    small.plan(NOW)
    refused = Receipt(Answer.REFUSED, http_status=400, code="400")
    doubt, told = [ERROR_500] * 4, [ACCEPTED, refused]
    small.email.answers = [*doubt, told[0], *doubt, told[1]]
    await small.send(NOW)
    assert len(small.email.got) == 12
    assert channel(engine).unknown_in_a_row == 0


async def test_the_storm_of_one_channel_leaves_the_other_alone(
    engine: Engine, settings: Settings
) -> None:
    crowd(engine, 30)
    small = world(engine, settings, HELLO)
    texts = world(engine, settings, TEXT, name="texts")
    small.email = weather = Weather(storm=ERROR_500)
    small.plan(NOW)
    texts.plan(NOW)
    await small.send(NOW)
    assert (len(weather.got), len(small.sms.got)) == (UNKNOWN_IN_A_ROW, 30)


async def test_what_goes_stale_while_a_channel_rests_is_skipped(
    engine: Engine, settings: Settings
) -> None:
    crowd(engine, 10)
    small = world(engine, settings, HELLO)
    small.email = Weather(storm=ERROR_500)
    small.plan(NOW)
    await small.send(NOW)
    await small.send(NOW + timedelta(days=2, hours=1))
    assert states(engine) == {"unknown": 5, "skipped": 5}


async def test_opening_a_channel_by_hand_ends_its_rest(engine: Engine, settings: Settings) -> None:
    crowd(engine, 10)
    small = world(engine, settings, HELLO)
    small.email = weather = Weather(storm=ERROR_500)
    small.plan(NOW)
    await small.send(NOW)
    weather.storm = None
    with writing(engine) as connection:
        open_channel(connection, "email", now=NOW)
    await small.send(NOW + 2 * MINUTE)
    assert states(engine) == {"unknown": 5, "accepted": 5}


async def test_a_probe_set_by_a_clock_that_was_ahead_is_taken_all_the_same(
    engine: Engine, settings: Settings
) -> None:
    crowd(engine, 10)
    small = world(engine, settings, HELLO)
    small.email = weather = Weather(storm=ERROR_500)
    small.plan(NOW)
    await small.send(NOW + timedelta(hours=2))
    with writing(engine) as connection:  # what waits was put back by that clock too
        connection.execute(update(Queued).values(ready_at=NOW))
    await small.send(NOW + 5 * MINUTE)
    assert len(weather.got) == UNKNOWN_IN_A_ROW + 1


async def test_a_provider_that_cannot_be_reached_leaves_nothing_in_doubt(
    engine: Engine, settings: Settings
) -> None:
    crowd(engine, 10)
    small = world(engine, settings, HELLO)
    small.email = weather = Weather(storm=Receipt(Answer.RETRY, code="connect"))
    small.plan(NOW)
    for minutes in range(0, 180, 5):
        await small.send(NOW + timedelta(minutes=minutes))
    assert 10 * 4 <= len(weather.got) <= 10 * 8  # after 1, 2, 4, 8, … 60 minutes, with jitter
    weather.storm = None
    for minutes in range(180, 300, 5):
        await small.send(NOW + timedelta(minutes=minutes))
    assert states(engine) == {"accepted": 10}
