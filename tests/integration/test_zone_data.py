"""What is planned keeps its hour where a law, and newer zone data with it, changes the clocks."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, select, update

from contacts.record.customers import zone_data
from contacts.record.customers.zone_data import follow_zone_data
from contacts.record.engine import reading, writing
from contacts.record.tables import Queued, Touch, ZoneMark
from contacts.record.touches.queue import claim
from contacts.settings import Settings
from contacts.workspace.sweeping import sweep_workspace
from tests.cast import NOW, ada, customer
from tests.world import world

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TEN = "  - {key: hello, channel: email, template: hello, day: 3, at: '10:00'}\n"
AT_ONCE = "  - {key: hello, channel: email, template: hello, day: 0}\n"
NEW_YORK = "America/New_York"


def planned(
    engine: Engine,
    settings: Settings,
    *,
    steps: str = TEN,
    customers: int = 1,
    at: datetime = NOW,
) -> None:
    with writing(engine) as connection:
        ada(connection)
        for number in range(1, customers):
            customer(connection, email=f"{number}@example.com")
    world(engine, settings, steps).plan(at)


def as_once_known(engine: Engine, *, hours: int = 1) -> None:
    """As if clocks had been meant to stand otherwise when all of it was planned."""
    with writing(engine) as connection:
        connection.execute(update(ZoneMark).values(mark="of other clocks"))
        for touch_id, due, until in connection.execute(
            select(Touch.id, Touch.due_at, Touch.not_after)
        ).all():
            by = timedelta(hours=hours)
            of = update(Touch).where(Touch.id == touch_id)
            connection.execute(of.values(due_at=due + by, not_after=until + by))
            row = update(Queued).where(Queued.touch_id == touch_id)
            connection.execute(row.values(ready_at=due + by))


def instants(engine: Engine) -> list[tuple[datetime, datetime, datetime]]:
    """Due, given up and ready, of every planned touch."""
    with reading(engine) as connection:
        rows = connection.execute(
            select(Touch.due_at, Touch.not_after, Queued.ready_at)
            .join(Queued, Queued.touch_id == Touch.id)
            .order_by(Touch.id)
        )
        return [(due, until, ready) for due, until, ready in rows]


def test_the_first_look_moves_nothing(engine: Engine, settings: Settings) -> None:
    planned(engine, settings)
    before = instants(engine)
    assert follow_zone_data(engine, now=NOW) == 0
    assert follow_zone_data(engine, now=NOW + DAY) == 0
    assert instants(engine) == before
    with reading(engine) as connection:
        assert connection.execute(select(ZoneMark.zone, ZoneMark.at)).all() == [(NEW_YORK, NOW)]


def test_clocks_that_changed_move_what_is_planned_by_them_once(
    engine: Engine, settings: Settings
) -> None:
    planned(engine, settings, customers=2)
    follow_zone_data(engine, now=NOW)
    right = instants(engine)
    as_once_known(engine)
    assert instants(engine) != right
    assert follow_zone_data(engine, now=NOW + HOUR) == 2
    assert instants(engine) == right
    assert follow_zone_data(engine, now=NOW + HOUR) == 0


def test_what_was_due_at_once_keeps_its_second(engine: Engine, settings: Settings) -> None:
    """Its hour is written down to the minute."""
    planned(engine, settings, steps=AT_ONCE, at=NOW + timedelta(seconds=30))
    follow_zone_data(engine, now=NOW)
    with writing(engine) as connection:
        connection.execute(update(ZoneMark).values(mark="of other clocks"))
    before = instants(engine)
    assert before[0][0].second == 30
    assert follow_zone_data(engine, now=NOW + HOUR) == 0
    assert instants(engine) == before


def test_what_waits_for_something_else_waits_as_long(engine: Engine, settings: Settings) -> None:
    planned(engine, settings)
    follow_zone_data(engine, now=NOW)
    [(due, _, _)] = instants(engine)
    as_once_known(engine)
    later = NOW + 9 * DAY
    with writing(engine) as connection:
        connection.execute(update(Queued).values(ready_at=later))
    assert follow_zone_data(engine, now=NOW + HOUR) == 1
    [(again, _, ready)] = instants(engine)
    assert (again, ready) == (due, later)


def test_what_a_worker_has_claimed_is_left_to_it(engine: Engine, settings: Settings) -> None:
    planned(engine, settings)
    follow_zone_data(engine, now=NOW)
    as_once_known(engine)
    before = instants(engine)
    with writing(engine) as connection:
        assert len(claim(connection, now=NOW + 30 * DAY, limit=9, lease_seconds=60)) == 1
    assert follow_zone_data(engine, now=NOW + HOUR) == 0
    assert instants(engine) == before


def test_many_are_moved_page_by_page(
    engine: Engine, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zone_data, "_PAGE", 2)
    planned(engine, settings, customers=5)
    follow_zone_data(engine, now=NOW)
    right = instants(engine)
    as_once_known(engine, hours=-1)
    assert follow_zone_data(engine, now=NOW + HOUR) == 5
    assert instants(engine) == right


def test_a_zone_that_this_machine_does_not_know_is_left_alone(
    engine: Engine, settings: Settings
) -> None:
    planned(engine, settings)
    with writing(engine) as connection:
        connection.execute(update(Touch).values(zone="Mars/Phobos"))
    before = instants(engine)
    assert follow_zone_data(engine, now=NOW) == 0
    assert instants(engine) == before


def test_the_sweep_of_the_night_looks_at_it(sqlite_engine: Engine, settings: Settings) -> None:
    planned(sqlite_engine, settings)
    follow_zone_data(sqlite_engine, now=NOW)
    right = instants(sqlite_engine)
    as_once_known(sqlite_engine)
    sweep_workspace(sqlite_engine, settings, now=NOW + HOUR)
    assert instants(sqlite_engine)[0] == right[0]
