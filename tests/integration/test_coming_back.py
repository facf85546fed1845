"""Coming back after a pause: heartbeats, the guard, and a backlog that leaves slowly."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, update

from contacts.delivery.pace import Pace
from contacts.delivery.pausing.forecast import forecast
from contacts.delivery.pausing.halt import Halt, Why
from contacts.delivery.pausing.installation import installation_of
from contacts.delivery.pausing.resume import begin_pass, go_on, halted
from contacts.delivery.reports import SendReport
from contacts.record.engine import reading, writing
from contacts.record.sending.resumes import current_ramp
from contacts.record.tables import Heartbeat
from contacts.record.upkeep.heartbeats import known_beats
from contacts.settings import Settings, load_settings
from tests.cast import NOW, ada
from tests.coming_back import a_pass
from tests.storm import crowd
from tests.world import World, world

HELLO = "  - {key: hello, channel: email, template: hello, day: 0}\n"
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@contextmanager
def commits(engine: Engine) -> Iterator[list[None]]:
    counted: list[None] = []

    def count(_: object) -> None:
        counted.append(None)

    event.listen(engine, "commit", count)
    yield counted
    event.remove(engine, "commit", count)


def why(engine: Engine, settings: Settings, now: datetime) -> Why | None:
    halt = halted(engine, settings, now=now)
    return None if halt is None else halt.why


# Signs of life.


def test_a_pass_leaves_a_sign_of_life_at_most_once_a_minute(
    engine: Engine, settings: Settings
) -> None:
    assert begin_pass(engine, settings, now=NOW) is None
    with commits(engine) as counted:
        begin_pass(engine, settings, now=NOW + timedelta(seconds=59))
    assert counted == []
    begin_pass(engine, settings, now=NOW + MINUTE)
    with reading(engine) as connection:
        (known,) = known_beats(connection)
    own = installation_of(settings)
    assert (known.name, known.at, known.beats) == (own.id, NOW + MINUTE, own.beats)


def test_the_id_is_in_the_folder_and_only_a_beat_of_it_in_the_record(
    sqlite_engine: Engine, settings: Settings
) -> None:
    begin_pass(sqlite_engine, settings, now=NOW)
    first = installation_of(settings).id
    (settings.state / "installation.json").write_text("{", encoding="ascii")
    assert installation_of(settings).id is None
    begin_pass(sqlite_engine, settings, now=NOW)
    assert installation_of(settings).id not in (None, first)


def test_while_it_is_halted_nothing_beats(engine: Engine, settings: Settings) -> None:
    begin_pass(engine, settings, now=NOW)
    for hours in (25, 26):
        assert isinstance(begin_pass(engine, settings, now=NOW + hours * HOUR), Halt)
    with reading(engine) as connection:
        assert [one.at for one in known_beats(connection)] == [NOW]


# The guard.


async def test_after_downtime_it_plans_and_sends_nothing_until_told(
    engine: Engine, settings: Settings
) -> None:
    small = world(engine, settings, HELLO)
    await a_pass(small, NOW)
    with writing(engine) as connection:
        ada(connection)
    found = await a_pass(small, NOW + 4 * DAY)  # a Tuesday
    assert isinstance(found, Halt)
    assert found.short == "nothing ran for 4 days"
    assert [state for _, state, _ in small.touches()] == ["planned"]
    go_on(engine, settings, found.why, now=NOW + 4 * DAY)
    await a_pass(small, NOW + 4 * DAY)
    assert len(small.email.got) == 1


def test_a_setting_makes_it_more_patient(engine: Engine, workspace: Path) -> None:
    patient = load_settings(workspace, pause_after_hours=72)
    begin_pass(engine, patient, now=NOW)
    assert halted(engine, patient, now=NOW + 72 * HOUR) is None
    assert why(engine, patient, NOW + 73 * HOUR) is Why.DOWNTIME


def test_a_copied_folder_is_noticed_and_gets_an_id_of_its_own(
    engine: Engine, settings: Settings, tmp_path: Path
) -> None:
    begin_pass(engine, settings, now=NOW)
    shutil.copytree(settings.workspace, tmp_path / "copy")
    copy = load_settings(tmp_path / "copy")
    assert why(engine, copy, NOW) is Why.COPIED
    assert halted(engine, settings, now=NOW) is None
    go_on(engine, copy, Why.COPIED, now=NOW)
    assert halted(engine, copy, now=NOW) is None
    assert installation_of(copy).id != installation_of(settings).id


def test_a_folder_that_only_moved_is_the_same(
    engine: Engine, settings: Settings, tmp_path: Path
) -> None:
    begin_pass(engine, settings, now=NOW)
    settings.workspace.rename(tmp_path / "moved")
    assert halted(engine, load_settings(tmp_path / "moved"), now=NOW) is None


def test_a_disk_cloned_to_another_machine_is_noticed(engine: Engine, settings: Settings) -> None:
    begin_pass(engine, settings, now=NOW)
    file = settings.state / "installation.json"
    said = json.loads(file.read_text())
    if not said["machine"]:
        pytest.skip("this machine has no id of its own (/etc/machine-id)")
    file.write_text(json.dumps(said | {"machine": "0" * 32}))  # the same place on the disk
    assert why(engine, settings, NOW) is Why.COPIED


def test_several_machines_share_a_record_by_a_name(engine: Engine, tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "touchline.toml").write_text('installation = "shop"\n')
    one, two = load_settings(tmp_path / "one"), load_settings(tmp_path / "two")
    for turn, settings in enumerate((one, two, one, two)):
        settings.state.mkdir(exist_ok=True)
        assert begin_pass(engine, settings, now=NOW + turn * HOUR) is None
    with reading(engine) as connection:
        assert [known.name for known in known_beats(connection)] == ["shop"]


def test_another_machine_is_let_in_once(engine: Engine, settings: Settings, tmp_path: Path) -> None:
    begin_pass(engine, settings, now=NOW)
    (tmp_path / "two").mkdir()
    (tmp_path / "two" / "touchline.toml").write_text("")
    two = load_settings(tmp_path / "two")
    found = begin_pass(engine, two, now=NOW + MINUTE)
    assert isinstance(found, Halt)
    assert (found.why, found.lost_until) == (Why.OTHER, None)
    go_on(engine, two, Why.OTHER, now=NOW + MINUTE)
    assert begin_pass(engine, two, now=NOW + 2 * MINUTE) is None
    # One of them may rest for days while the other works.
    begin_pass(engine, settings, now=NOW + 20 * HOUR)
    assert not isinstance(begin_pass(engine, two, now=NOW + 40 * HOUR), Halt)


def test_a_clock_that_runs_ahead_and_back_restores_nothing(
    engine: Engine, settings: Settings
) -> None:
    begin_pass(engine, settings, now=NOW)
    begin_pass(engine, settings, now=NOW + 20 * HOUR)
    assert begin_pass(engine, settings, now=NOW + HOUR) is None
    with reading(engine) as connection:
        assert [one.at for one in known_beats(connection)] == [NOW + HOUR]


def test_one_person_says_for_all_machines_that_a_backup_was_put_back(
    engine: Engine, settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "two").mkdir()
    (tmp_path / "two" / "touchline.toml").write_text("")
    two = load_settings(tmp_path / "two")
    begin_pass(engine, settings, now=NOW - DAY)
    go_on(engine, two, Why.OTHER, now=NOW - DAY)
    with reading(engine) as connection:
        backup = known_beats(connection)
    begin_pass(engine, settings, now=NOW)
    begin_pass(engine, two, now=NOW)
    with writing(engine) as connection:
        for one in backup:
            values = {"at": one.at, "beats": one.beats}
            connection.execute(update(Heartbeat).where(Heartbeat.name == one.name).values(values))
    assert [why(engine, each, NOW) for each in (settings, two)] == [Why.RESTORED] * 2
    go_on(engine, settings, Why.RESTORED, now=NOW + MINUTE)
    assert [why(engine, each, NOW + MINUTE) for each in (settings, two)] == [None, None]


# A backlog leaves slowly.


async def test_a_backlog_leaves_a_tenth_a_minute(engine: Engine, settings: Settings) -> None:
    small = world(engine, settings, HELLO)
    await a_pass(small, NOW - 4 * HOUR)
    crowd(engine, 130)
    sent = [await minute(small, NOW + turn * MINUTE) for turn in range(4)]
    assert sent == [13, 13, 13, 13]
    again = await a_pass(small, NOW + 3 * MINUTE + timedelta(seconds=30))
    assert isinstance(again, SendReport)
    assert again.sent == 0


async def minute(small: World, now: datetime) -> int:
    report = await a_pass(small, now)
    assert isinstance(report, SendReport)
    return report.sent


async def test_a_small_backlog_is_no_flood(engine: Engine, settings: Settings) -> None:
    small = world(engine, settings, HELLO)
    await a_pass(small, NOW - 4 * HOUR)
    crowd(engine, 9)
    assert await minute(small, NOW) == 9
    with reading(engine) as connection:
        assert current_ramp(connection) is None


async def test_once_the_backlog_is_gone_touches_leave_as_fast_as_ever(
    engine: Engine, settings: Settings
) -> None:
    small = world(engine, settings, HELLO)
    await a_pass(small, NOW - 4 * HOUR)
    crowd(engine, 11)
    assert await minute(small, NOW) == 10
    assert await minute(small, NOW + MINUTE) == 1
    crowd(engine, 30, first=50)
    assert await minute(small, NOW + 2 * MINUTE) == 30


async def test_the_percentage_is_a_setting(engine: Engine, workspace: Path) -> None:
    small = world(engine, load_settings(workspace, ramp_percent=50), HELLO)
    await a_pass(small, NOW - 4 * HOUR)
    crowd(engine, 60)
    assert await minute(small, NOW) == 30


async def test_short_gaps_slow_nothing_down(engine: Engine, settings: Settings) -> None:
    small = world(engine, settings, HELLO)
    await a_pass(small, NOW - 2 * HOUR)
    crowd(engine, 60)
    assert await minute(small, NOW) == 60


async def test_a_pass_waits_for_the_next_minute_and_ends_when_told(
    sqlite_engine: Engine, settings: Settings
) -> None:
    small = world(sqlite_engine, settings, HELLO)
    await a_pass(small, NOW - 4 * HOUR)
    crowd(sqlite_engine, 40)
    small.plan(NOW)
    found = begin_pass(sqlite_engine, settings, now=NOW)
    assert isinstance(found, Pace)
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    pace = Pace(found.ramp, sleep=sleep)
    with writing(sqlite_engine) as connection:
        assert len(pace.claim(connection, now=NOW, limit=400, lease_seconds=60)) == 10
        assert pace.claim(connection, now=NOW, limit=400, lease_seconds=60) == []
    clock = iter(NOW + timedelta(seconds=at) for at in (58, 59, 60))
    assert await pace.wait(lambda: next(clock), lambda: True)
    assert len(slept) == 2
    assert not await pace.wait(lambda: NOW, lambda: len(slept) < 5)
    assert len(slept) == 5


# What would go out.


async def test_the_forecast_is_what_then_happens(engine: Engine, settings: Settings) -> None:
    small = world(engine, settings, HELLO, window="{days: [mon, tue, wed, thu, fri, sat, sun]}")
    crowd(engine, 25)
    with writing(engine) as connection:
        ada(connection, timezone="Asia/Kolkata")
    small.plan(NOW - 3 * HOUR)  # half past five in Kolkata, and two hours too early in New York
    told = forecast(engine, settings=settings, templates=small.templates, now=NOW)
    of = told.expected["sample", "email"]
    assert (of.now, dict(of.later), dict(of.skipped)) == (25, {"window": 1}, {})
    assert of.later_at == datetime(2026, 11, 21, 3, 30, tzinfo=UTC)
    assert (told.backlog, told.per_minute, told.minutes) == (26, 10, 3)
    assert (of.first_at, of.last_at) == (NOW, NOW + 2 * MINUTE)
    assert small.attempts() == []
    report = await small.send(NOW)
    assert (report.sent, report.of("sample").deferred["window"]) == (25, 1)


async def test_the_forecast_counts_a_day_s_message_once(engine: Engine, settings: Settings) -> None:
    small = world(engine, settings, HELLO)
    other = world(engine, settings, HELLO, name="other")
    with writing(engine) as connection:
        ada(connection)
    small.plan(NOW)
    other.plan(NOW)
    told = forecast(engine, settings=settings, templates=small.templates, now=NOW)
    assert sorted((of.now, dict(of.skipped)) for of in told.expected.values()) == [
        (0, {"capped": 1}), (1, {}),
    ]  # fmt: skip
