"""Whom a cadence's start takes in, however many customers are looked at together."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event, insert, select

from contacts.record.engine import reading, writing
from contacts.record.tables import CadenceVersion, Contract, Customer, Enrolment, Order, Task
from contacts.record.triggers import PAGE, Candidate, candidates
from tests.cast import NOW, customer
from tests.world import loaded

DAY = timedelta(days=1)
HELLO = "  - {key: hello, channel: email, template: hello, day: 0}"
WINDOWS = [1, 2, 3, 100]


def found(engine: Engine, window: int, start: str) -> list[Candidate]:
    cadence = loaded(HELLO, start=start).cadence
    with reading(engine) as connection:
        pages = list(candidates(connection, cadence, now=NOW, window=window))
        everybody = connection.execute(select(Customer.id)).scalars().all()
        named = list(candidates(connection, cadence, now=NOW, among=everybody, window=window))
    assert all(pages), "no page is empty"
    came = [one for page in pages for one in page]
    assert [one for page in named for one in page] == came, "asked of each by number, the same come"
    return came


def people(connection: Connection, number: int) -> list[int]:
    return [customer(connection) for _ in range(number)]


def on_cadence(connection: Connection, customer_id: int, trigger: str, **changes: Any) -> None:
    version = connection.execute(select(CadenceVersion.id)).scalar()
    if version is None:
        row = {"name": "sample", "sha256": "0", "source": "", "created_at": NOW}
        stored = insert(CadenceVersion).values(row).returning(CadenceVersion.id)
        version = connection.execute(stored).scalar_one()
    enrolment = {
        "customer_id": customer_id,
        "cadence": "sample",
        "version_id": version,
        "trigger": trigger,
        "state": "finished",
        "started_at": NOW - 5 * DAY,
        "started_on": NOW.date(),
        **changes,
    }
    connection.execute(insert(Enrolment).values(enrolment))


def test_only_those_come_who_are_asked_for(engine: Engine) -> None:
    with writing(engine) as connection:
        one, _, three = people(connection, 3)
        gone = customer(connection, active=False)
    cadence = loaded(HELLO, start="{on: customer.added}").cadence
    with reading(engine) as connection:
        pages = list(candidates(connection, cadence, now=NOW, among=[gone, three, one]))
    assert [found.customer_id for page in pages for found in page] == [one, three]


@pytest.mark.parametrize("window", WINDOWS)
def test_each_customer_who_was_added_comes_once_in_their_order(engine: Engine, window: int) -> None:
    with writing(engine) as connection:
        one, two, three, four, five = people(connection, 5)
        customer(connection, active=False)
        on_cadence(connection, two, "customer.added")
        on_cadence(connection, four, "customer.added", cadence="another")
    came = [one.customer_id for one in found(engine, window, "{on: customer.added}")]
    assert came == [one, three, four, five]


def test_ids_that_are_missing_hold_up_nobody(engine: Engine) -> None:
    with writing(engine) as connection:
        ids = [customer(connection, id=number) for number in (3, 4, 900, 70_000)]
    came = [one.customer_id for one in found(engine, 2, "{on: customer.added}")]
    assert came == ids


def test_many_come_in_pages(engine: Engine) -> None:
    with writing(engine) as connection:
        people(connection, PAGE + 2)
        cadence = loaded(HELLO).cadence
        sizes = [len(page) for page in candidates(connection, cadence, now=NOW)]
    assert sizes == [PAGE, 2]


@pytest.mark.parametrize("window", WINDOWS)
def test_the_contract_that_ends_first_comes_first(engine: Engine, window: int) -> None:
    with writing(engine) as connection:
        one, two, three = people(connection, 3)
        for number, (whose, days) in enumerate([(one, 50), (one, 20), (three, 30), (two, 90)]):
            row = {
                "contract_id": f"C-{number}", "customer_id": whose, "kind": "", "value": 1,
                "currency": "USD", "starts_on": NOW.date() - 300 * DAY,
                "ends_on": NOW.date() + days * DAY,
            }  # fmt: skip
            connection.execute(insert(Contract).values(row))
    came = found(engine, window, "{on: contract.ending, before: 60d}")
    firsts = {each.customer_id: each.trigger for each in reversed(came)}
    assert firsts == {
        one: f"contract:C-1:{NOW.date() + 20 * DAY}",
        three: f"contract:C-2:{NOW.date() + 30 * DAY}",
    }
    assert [each.customer_id for each in came].count(one) == 2  # for each end


@pytest.mark.parametrize("window", WINDOWS)
def test_who_is_quiet_comes_by_the_last_order(engine: Engine, window: int) -> None:
    with writing(engine) as connection:
        quiet, busy, _never, again = people(connection, 4)
        for number, (whose, days) in enumerate([(quiet, 90), (quiet, 70), (busy, 90), (busy, 3)]):
            _order(connection, whose, number, days)
        _order(connection, again, 9, 80)
        on_cadence(connection, again, "quiet:before", started_at=NOW - 10 * DAY)
    came = found(engine, window, "{on: customer.quiet, after: 60d}")
    assert [(each.customer_id, each.trigger) for each in came] == [
        (quiet, f"quiet:{(NOW - 70 * DAY).date()}")
    ]


@pytest.mark.parametrize("window", WINDOWS)
def test_who_is_in_nobodys_hand_is_idle(engine: Engine, window: int) -> None:
    with writing(engine) as connection:
        on, asked, free, back, lately, tended = people(connection, 6)
        on_cadence(connection, on, "customer.added", cadence="another", state="active")
        on_cadence(connection, back, "idle:0")
        for whose in (lately, tended):
            on_cadence(connection, whose, "idle:0", started_at=NOW - DAY / 2)
        _task(connection, asked, state="open", closed_at=None)
        _task(connection, tended, state="done", closed_at=NOW - DAY / 4)
    came = found(engine, window, "{on: customer.idle}")
    assert [(each.customer_id, each.trigger) for each in came] == [
        (free, "idle:0"), (back, "idle:1"), (tended, "idle:1"),
    ]  # fmt: skip


@pytest.mark.parametrize("start", ["{on: customer.added}", "{on: customer.idle}"])
def test_a_window_is_read_by_its_ids_alone_on_sqlite(sqlite_engine: Engine, start: str) -> None:
    """Else a million customers would be read anew for every few thousand of them."""
    engine = sqlite_engine
    with writing(engine) as connection:
        people(connection, 1)
    asked: list[tuple[str, Any]] = []

    @event.listens_for(engine, "before_cursor_execute")
    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        asked.append((statement, values))

    found(engine, 100, start)
    statement, values = next(one for one in asked if "cause" in one[0])
    with engine.connect() as connection:
        steps = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()
    (customers,) = (step.detail for step in steps if " customers " in step.detail)
    assert customers.startswith("SEARCH customers USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)")


def _order(connection: Connection, customer_id: int, number: int, days: int) -> None:
    row = {
        "order_id": f"O-{number}", "customer_id": customer_id, "ordered_at": NOW - days * DAY,
        "amount": 5, "currency": "USD", "items": "",
    }  # fmt: skip
    connection.execute(insert(Order).values(row))


def _task(connection: Connection, customer_id: int, **changes: Any) -> None:
    row = {
        "customer_id": customer_id, "kind": "reach", "title": "Call", "brief": "", "due_at": NOW,
        "opened_at": NOW - DAY, **changes,
    }  # fmt: skip
    connection.execute(insert(Task).values(row))
