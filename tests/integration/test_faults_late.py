"""A backlog of ticks that all come late: the first one does the work, the others find none."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select

from contacts.delivery.reconcile import reconcile
from contacts.record.engine import reading, writing
from contacts.record.tables import Base
from contacts.settings import Settings
from tests.cast import NOW, ada
from tests.statements import statements
from tests.world import world

HELLO = "  - {key: hello, channel: email, template: hello, day: 0}\n"
MOST_STATEMENTS = 25


def everything(engine: Engine) -> dict[str, list[Any]]:
    """All rows of the record."""
    with reading(engine) as connection:
        return {
            table.name: list(connection.execute(select(table).order_by(*table.primary_key)))
            for table in Base.metadata.sorted_tables
        }


@pytest.mark.parametrize("ticks", [50, pytest.param(500, marks=pytest.mark.long)])
async def test_f60_late_ticks_that_find_the_work_done_write_nothing_and_ask_little(
    engine: Engine, settings: Settings, ticks: int
) -> None:
    small = world(engine, settings, HELLO)
    with writing(engine) as connection:
        ada(connection)
    await small.tick(NOW)
    await small.tick(NOW + timedelta(seconds=1))  # its enrolment has no further step: finished
    assert len(small.email.got) == 1
    before = everything(engine)

    costs = set()
    for late in range(1, ticks):
        now = NOW + timedelta(seconds=late)
        with statements(engine) as seen:
            reconcile(engine, now=now)
            await small.tick(now)
        costs.add(len(seen))

    assert len(small.email.got) == 1
    assert everything(engine) == before
    assert max(costs) <= MOST_STATEMENTS
    assert len(costs) == 1
