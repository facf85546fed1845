"""Once a night PostgreSQL's queue is stored in the order of time, and nothing of it is lost."""

from datetime import timedelta

import pytest
from sqlalchemy import Connection, Engine, select, text, update

from contacts.record.engine import open_record, reading, writing
from contacts.record.tables import Queued
from contacts.record.touches.queue import Claim, claim, leave
from contacts.record.upkeep.queue_order import put_in_order
from contacts.settings import Settings
from tests.cast import NOW, agrees, customer
from tests.storm import crowd
from tests.world import world

HELLO = "  - {key: hello, channel: email, template: hello, day: 0}\n"
PAGES_OF_IT = 400
A_MOMENT = 0.05  # seconds
ANYBODY = "touchline_test_user"

pytestmark = pytest.mark.postgresql


@pytest.fixture
def queued(postgresql_engine: Engine, settings: Settings) -> Engine:
    """Nine touches, of which the later ones were queued first."""
    engine = postgresql_engine
    small = world(engine, settings, HELLO)
    with writing(engine) as connection:
        for number in range(9):
            someone = customer(connection, email=f"customer{number}@example.com")
            agrees(connection, someone, "email", at=NOW - timedelta(hours=1))
    small.plan(NOW)
    with writing(engine) as connection:
        rows = connection.execute(select(Queued.touch_id).order_by(Queued.touch_id)).scalars()
        for number, touch_id in enumerate(rows.all()):
            ready_at = NOW - timedelta(minutes=number)
            connection.execute(
                update(Queued).where(Queued.touch_id == touch_id).values(ready_at=ready_at)
            )
    return engine


def take(engine: Engine, most: int) -> list[Claim]:
    with writing(engine) as connection:
        return claim(connection, now=NOW, limit=most, lease_seconds=60)


def as_stored(engine: Engine) -> list[int]:
    """The touches of the queue, in the order in which they lie."""
    with reading(engine) as connection:
        return list(connection.execute(text("SELECT touch_id FROM queue ORDER BY ctid")).scalars())


def rewritten(connection: Connection) -> int:
    """How many rows of the queue this session wrote anew without writing to an index."""
    count = text("SELECT n_tup_hot_upd FROM pg_stat_xact_user_tables WHERE relname = 'queue'")
    return int(connection.execute(count).scalar_one())


def test_what_is_due_first_lies_first(queued: Engine) -> None:
    with reading(queued) as connection:
        in_turn = select(Queued.touch_id).order_by(Queued.ready_at)
        in_time = list(connection.execute(in_turn).scalars())
    assert as_stored(queued) != in_time
    assert put_in_order(queued) is None
    assert as_stored(queued) == in_time


def test_a_claim_holds_and_what_is_left_is_claimed_in_turn(queued: Engine) -> None:
    first = take(queued, 4)
    assert put_in_order(queued) is None
    second = take(queued, 9)
    assert len(second) == 5
    assert max(one.ready_at for one in first) < min(one.ready_at for one in second)
    with writing(queued) as connection:
        assert leave(connection, first) == {one.touch_id for one in first}


def test_a_claim_writes_to_no_index(postgresql_engine: Engine, settings: Settings) -> None:
    crowd(postgresql_engine, PAGES_OF_IT)
    world(postgresql_engine, settings, HELLO).plan(NOW)
    assert put_in_order(postgresql_engine) is None
    with writing(postgresql_engine) as connection:
        before = rewritten(connection)
        claimed = claim(connection, now=NOW, limit=PAGES_OF_IT, lease_seconds=60)
        after = rewritten(connection)
    assert len(claimed) == PAGES_OF_IT
    assert after == before + PAGES_OF_IT


def test_it_waits_no_longer_than_it_may_for_who_uses_the_queue(queued: Engine) -> None:
    before = as_stored(queued)
    with writing(queued) as connection:
        claim(connection, now=NOW, limit=1, lease_seconds=60)
        said = put_in_order(queued, patience=A_MOMENT)
    assert said == "it was in use all the time"
    assert sorted(as_stored(queued)) == sorted(before)


def test_who_does_not_own_the_queue_is_told_so(queued: Engine) -> None:
    with writing(queued) as connection:
        connection.execute(text(f"CREATE ROLE {ANYBODY} LOGIN"))
    anybody = open_record(queued.url.set(username=ANYBODY, password=None).render_as_string())
    try:
        assert put_in_order(anybody) == "the user in database_url does not own it"
    finally:
        anybody.dispose()
        with writing(queued) as connection:
            connection.execute(text(f"DROP ROLE {ANYBODY}"))
