"""A look at the orders on record: what is kept of accounts, what is raised, held, cleared."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from threading import Thread
from time import sleep
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event, func, insert, select, update

from contacts.care.orders.kept import accounts_of, rows_of
from contacts.care.orders.telling import rhythm_of
from contacts.care.orders.watch import OrderWatch, watch_orders
from contacts.record.engine import open_record, reading, writing
from contacts.record.imports.dealing_kinds import ORDERS
from contacts.record.imports.dealings import DealingImport
from contacts.record.imports.run import run_import
from contacts.record.orders.rhythms import OrderRhythm, note_changed_orders
from contacts.record.orders.signals import open_signals, signals_of
from contacts.record.tables import Contract, Customer, Order, Signal, Task
from contacts.record.work.tasks import close_task
from contacts.settings import Settings
from tests.cast import NOW, SIGNING_KEY, ada, bob, customer, olive
from tests.statements import WAITING

TODAY = NOW.date()


@pytest.fixture
def people(engine: Engine) -> tuple[int, int]:
    return ada_and_bob(engine)


def test_a_late_account_is_raised_once_and_is_a_task_for_its_owner(
    engine: Engine, settings: Settings, people: tuple[int, int]
) -> None:
    first = look(engine, settings)
    assert first.raised == {"order.late": 1}
    assert (first.accounts, first.late, first.tasks) == (2, 1, 1)
    again = look(engine, settings, NOW + timedelta(days=1))
    assert (again.raised, again.tasks, again.orders) == ({}, 0, 0)
    (signal,) = open_now(engine)
    assert signal.customer_id == people[0]
    assert signal.reason.startswith("Usually orders about every 30 days (half of the time ")
    (task,) = tasks(engine)
    assert (task.kind, task.state, task.title) == (
        "orders", "open", "Late with an order: ask how they are",
    )  # fmt: skip
    assert signal.reason in task.brief
    assert "Last order: 2026-09-11, 100.00 EUR" in task.brief


def test_the_next_order_clears_the_signal_and_closes_the_task(
    engine: Engine, settings: Settings, people: tuple[int, int]
) -> None:
    look(engine, settings)
    with writing(engine) as connection:
        orders(connection, people[0], [0])
    later = look(engine, settings, NOW + timedelta(days=1))
    assert (later.orders, later.cleared) == (1, 1)
    assert open_now(engine) == []
    (task,) = tasks(engine)
    assert (task.state, task.closed_at) == ("done", NOW + timedelta(days=1))
    assert task.outcome == "Settled by itself: the customer orders as usual, or ordered again."


def test_a_kind_that_a_cadence_takes_is_a_task_only_after_it_had_its_time(
    engine: Engine, settings: Settings, people: tuple[int, int]
) -> None:
    taken = {"order.late"}
    assert look(engine, settings, taken_kinds=taken).tasks == 0
    assert look(engine, settings, NOW + timedelta(hours=1), taken_kinds=taken).tasks == 0
    assert look(engine, settings, NOW + timedelta(days=1), taken_kinds=taken).tasks == 1


@pytest.mark.usefixtures("people")
def test_new_orders_are_added_to_what_all_at_once_would_make(
    engine: Engine, settings: Settings
) -> None:
    look(engine, settings)
    with writing(engine) as connection:
        ids = list(connection.execute(select(Customer.id).order_by(Customer.id)).scalars())
        orders(connection, ids[0], [20, 19, 0], amount=70)  # added
        orders(connection, ids[1], [50], amount=10)  # anew: it came late
        orders(connection, customer(connection), [5, 3], amount=9)  # for the first time
    look(engine, settings, NOW + timedelta(days=1))
    by_night = kept(engine)
    with writing(engine) as connection:
        connection.execute(OrderRhythm.__table__.delete())
        connection.execute(Signal.__table__.delete())
        connection.exec_driver_sql("DELETE FROM order_watches")
    look(engine, settings, NOW + timedelta(days=1))
    assert by_night == kept(engine)
    assert len(by_night) == 3


def test_a_corrected_order_and_one_that_was_moved_count_as_they_are_now(
    sqlite_engine: Engine, settings: Settings, tmp_path: Path
) -> None:
    file = tmp_path / "orders.csv"
    head = "order_id,email,ordered_at,amount,currency\n"
    with writing(sqlite_engine) as connection:
        ada(connection)
        bob(connection)
    rows = [f"A{n},ada@example.com,2026-0{n}-01,{n}0,EUR\n" for n in (1, 2, 3)]
    imported(sqlite_engine, file, head + "".join(rows))
    look(sqlite_engine, settings)
    rows[0] = "A1,bob@example.com,2026-01-01,10,EUR\n"
    rows[2] = "A3,ada@example.com,2026-03-15,99,EUR\n"
    imported(sqlite_engine, file, head + "".join(rows))
    look(sqlite_engine, settings, NOW + timedelta(days=1))
    of_ada, of_bob = kept(sqlite_engine)
    assert (of_ada["recent_gaps"][:5], of_ada["last_on"]) == ("42,0,", date(2026, 3, 15))
    assert (of_bob["gaps"], of_bob["last_on"]) == (0, date(2026, 1, 1))


def test_days_are_those_of_the_customers_calendar(
    sqlite_engine: Engine, settings: Settings
) -> None:
    with writing(sqlite_engine) as connection:
        one = customer(connection, timezone="Asia/Kolkata")
        for at in ("2026-05-01T19:00", "2026-05-02T06:00", "2026-05-02T19:00"):
            row = order(one, datetime.fromisoformat(f"{at}+00:00"))
            connection.execute(insert(Order).values(row))
    look(sqlite_engine, settings)
    (row,) = kept(sqlite_engine)
    assert (row["first_on"], row["last_on"], row["gaps"]) == (
        date(2026, 5, 2), date(2026, 5, 3), 1,
    )  # fmt: skip


def test_of_several_currencies_the_main_one_counts_and_it_is_said(
    sqlite_engine: Engine, settings: Settings
) -> None:
    with writing(sqlite_engine) as connection:
        one = customer(connection)
        orders(connection, one, [30, 60, 90], amount=100)
        orders(connection, one, [1], amount=9000, currency="JPY")
    assert look(sqlite_engine, settings).mixed == 1
    (row,) = kept(sqlite_engine)
    assert (row["currency"], row["elsewhere"], row["gaps"], row["amounts"]) == ("EUR", 1, 3, 3)
    assert row["ordered"] == 300


def test_silence_counts_to_the_newest_order_of_a_feed_that_stopped(
    sqlite_engine: Engine, settings: Settings
) -> None:
    with writing(sqlite_engine) as connection:
        for number in range(7):
            orders(connection, customer(connection), [40 + number + 7 * n for n in range(20)])
    found = look(sqlite_engine, settings)
    assert found.complete_on == TODAY - timedelta(days=40)
    assert (found.late, found.raised) == (0, {})


def test_a_running_subscription_may_slip_by_a_week(
    sqlite_engine: Engine, settings: Settings
) -> None:
    with writing(sqlite_engine) as connection:
        for number in range(2):
            one = customer(connection)
            orders(connection, one, [13 + 7 * n for n in range(60)])
            if number:
                subscription = {
                    "contract_id": "S-1", "customer_id": one, "starts_on": date(2025, 1, 1),
                    "ends_on": date(2027, 1, 1), "value": 10, "currency": "EUR",
                    "kind": "Subscription",
                }  # fmt: skip
                connection.execute(insert(Contract).values(subscription))
        everyday(connection)
    assert look(sqlite_engine, settings).raised == {"order.late": 1}


def test_far_more_late_ones_than_on_other_nights_are_held_and_told_later(
    sqlite_engine: Engine, settings: Settings
) -> None:
    with writing(sqlite_engine) as connection:
        everyday(connection, ahead=20)
        for number in range(30):
            orders(connection, customer(connection), [number % 2 + 7 * n for n in range(60)])
    for day in range(8):  # on which nobody is late
        look(sqlite_engine, settings, NOW + timedelta(days=day))
    later = NOW + timedelta(days=15)
    sudden = look(sqlite_engine, settings, later)
    assert sudden.held == 30
    assert sudden.raised == {}
    assert open_now(sqlite_engine) == []
    again = look(sqlite_engine, settings, later + timedelta(hours=1))  # no day wiser
    assert (again.held, again.raised) == (30, {})
    after = look(sqlite_engine, settings, later + timedelta(days=1))
    assert after.raised == {"order.late": 30}


def test_who_is_no_customer_any_more_is_not_watched(
    sqlite_engine: Engine, settings: Settings
) -> None:
    ada_and_bob(sqlite_engine)
    look(sqlite_engine, settings)
    with writing(sqlite_engine) as connection:
        connection.execute(update(Customer).values(active=False))
    gone = look(sqlite_engine, settings, NOW + timedelta(days=1))
    assert (gone.accounts, gone.cleared) == (0, 1)
    assert tasks(sqlite_engine)[0].outcome.startswith("Closed by itself: no customer any more")


def test_a_silence_that_goes_on_is_told_anew_and_given_up_in_the_end(
    sqlite_engine: Engine, settings: Settings
) -> None:
    with writing(sqlite_engine) as connection:
        one = ada(connection)
        orders(connection, one, [70 + 30 * n for n in range(12)])
        everyday(connection, ahead=200)
    look(sqlite_engine, settings)
    look(sqlite_engine, settings, NOW + timedelta(days=10))
    (signal,) = open_now(sqlite_engine)
    assert signal.figures["silent_days"] == 80
    assert "nothing for 80 days" in signal.reason
    look(sqlite_engine, settings, NOW + timedelta(days=181))
    assert open_now(sqlite_engine) == []
    assert tasks(sqlite_engine)[0].outcome.startswith("Closed by itself after half a year: ")
    with reading(sqlite_engine) as connection:
        assert len(signals_of(connection, one)) == 1


def test_the_rhythm_of_one_account_is_told_also_where_nothing_departs(
    sqlite_engine: Engine, settings: Settings
) -> None:
    with writing(sqlite_engine) as connection:
        often, new, nobody = (customer(connection) for _ in range(3))
        orders(connection, often, [3 + 7 * n for n in range(9)])
        orders(connection, often, [12], amount=-300)
        orders(connection, often, [24], amount=5, currency="USD")
        orders(connection, new, [3, 20])
        assert rhythm_of(connection, often) is None
    look(sqlite_engine, settings)
    with reading(sqlite_engine) as connection:
        told = rhythm_of(connection, often) or ""
        assert told.startswith("Usually orders about every 7 days (half of the time ")
        assert told.endswith(
            ", the last time on Tue 17 Nov 2026. Sends back about 33 in 100 of what it orders. "
            "1 order is not in EUR, and counts without the amount: there are no rates."
        )
        assert (rhythm_of(connection, new) or "").startswith("Still learning its rhythm from 2 or")
        assert rhythm_of(connection, nobody) is None


def test_of_two_looks_at_once_one_raises_and_asks(
    postgresql_engine: Engine, settings: Settings
) -> None:
    for table in (Signal, Task):
        with writing(postgresql_engine) as connection:
            one = customer(connection)
            orders(connection, one, [70 + 30 * n for n in range(12)])
            everyday(connection)
        found = looks_at_once(postgresql_engine, settings, table, one)
        assert len(found) == 2
        assert sum(look.raised.total() for look in found) == 1
        assert sum(look.tasks for look in found) == 1
    assert len(open_now(postgresql_engine)) == len(tasks(postgresql_engine)) == 2


def test_what_an_order_by_mistake_had_ended_is_raised_again(
    sqlite_engine: Engine, settings: Settings
) -> None:
    people = ada_and_bob(sqlite_engine)
    look(sqlite_engine, settings)
    (first,) = open_now(sqlite_engine)
    move_the_last_order(sqlite_engine, of=people[1], to=people[0])
    assert look(sqlite_engine, settings, NOW + timedelta(days=1)).cleared == 1
    move_the_last_order(sqlite_engine, of=people[0], to=people[1])
    again = look(sqlite_engine, settings, NOW + timedelta(days=2))
    assert (again.raised, again.tasks) == ({"order.late": 1}, 1)
    (signal,) = open_now(sqlite_engine)
    assert (signal.id, signal.raised_at) == (first.id, first.raised_at)
    assert [task.state for task in tasks(sqlite_engine)] == ["done", "open"]


def test_what_a_person_settled_is_not_asked_again_for_an_order_by_mistake(
    sqlite_engine: Engine, settings: Settings
) -> None:
    people = ada_and_bob(sqlite_engine)
    look(sqlite_engine, settings)
    with writing(sqlite_engine) as connection:
        close_task(connection, 1, "They order in spring.", now=NOW + timedelta(hours=1))
    move_the_last_order(sqlite_engine, of=people[1], to=people[0])
    look(sqlite_engine, settings, NOW + timedelta(days=1))
    move_the_last_order(sqlite_engine, of=people[0], to=people[1])
    again = look(sqlite_engine, settings, NOW + timedelta(days=2))
    assert (again.raised, again.tasks) == ({"order.late": 1}, 0)


def test_who_has_no_order_left_is_late_no_more(sqlite_engine: Engine, settings: Settings) -> None:
    people = ada_and_bob(sqlite_engine)
    look(sqlite_engine, settings)
    with writing(sqlite_engine) as connection:
        mine = Order.customer_id == people[0]
        connection.execute(update(Order).where(mine).values(amount=-1))
        note_changed_orders(connection, [people[0]])
    after = look(sqlite_engine, settings, NOW + timedelta(days=1))
    assert (after.cleared, after.accounts) == (1, 1)


def test_a_shift_that_lasts_for_years_is_told_once_and_anew_when_it_goes_further(
    sqlite_engine: Engine, settings: Settings
) -> None:
    amounts = [*[20] * 6, *[4] * 3]
    with writing(sqlite_engine) as connection:
        one = customer(connection)
        orders(connection, one, [90 * n for n in range(15)])
        orders(connection, one, [-90, -180, -270], amount=20)
        everyday(connection, ahead=90 * len(amounts))
    told = []
    for number, amount in enumerate(amounts, 4):
        with writing(sqlite_engine) as connection:
            orders(connection, one, [-90 * number], amount=amount)
        found = look(sqlite_engine, settings, NOW + timedelta(days=90 * number))
        told += [number] * found.raised["order.smaller"]
    assert told == [4, 10]


def test_what_comes_on_top_is_added_to_the_task_that_is_open(
    sqlite_engine: Engine, settings: Settings
) -> None:
    with writing(sqlite_engine) as connection:
        one = customer(connection)
        orders(connection, one, [90 + 30 * n for n in range(16)])
        orders(connection, one, [0, 30, 60], amount=10)
        everyday(connection, ahead=90)
    look(sqlite_engine, settings)
    look(sqlite_engine, settings, NOW + timedelta(days=80))
    (task,) = tasks(sqlite_engine)
    smaller, late = sorted(open_now(sqlite_engine), key=lambda one: one.id)
    assert (smaller.kind, late.kind) == ("order.smaller", "order.late")
    assert (smaller.task_id, late.task_id) == (task.id, task.id)
    assert task.brief.splitlines()[0] == smaller.reason
    assert task.brief.splitlines()[-1] == late.reason
    assert task.changed_at == NOW + timedelta(days=80)


def test_a_record_without_orders_is_looked_at_all_the_same(
    sqlite_engine: Engine, settings: Settings
) -> None:
    assert look(sqlite_engine, settings) == OrderWatch()


def ada_and_bob(engine: Engine) -> tuple[int, int]:
    """Ada orders every month and did so 70 days ago; Bob every week, and did so yesterday."""
    with writing(engine) as connection:
        owner = olive(connection)
        ids = ada(connection, owner_id=owner), bob(connection, owner_id=owner)
        orders(connection, ids[0], [70 + 30 * n for n in range(12)])
        orders(connection, ids[1], [1 + 7 * n for n in range(20)], amount=50)
    return ids


def look(engine: Engine, settings: Settings, now: datetime = NOW, **more: Any) -> OrderWatch:
    return watch_orders(engine, settings, now=now, **more)


def orders(connection: Any, customer_id: int, days_ago: Sequence[int], **changes: Any) -> None:
    connection.execute(
        insert(Order),
        [
            order(customer_id, datetime.combine(TODAY - timedelta(days), time(15), UTC), **changes)
            for days in days_ago
        ],
    )


def order(customer_id: int, at: datetime, **changes: Any) -> dict[str, Any]:
    row = {"customer_id": customer_id, "ordered_at": at, "amount": 100, "currency": "EUR"}
    number = f"{customer_id}-{at:%Y%m%d%H}-{changes}"[:64]
    return {**row, "order_id": number, "items": "", **changes}


def everyday(connection: Any, *, ahead: int = 0) -> None:
    """Somebody who orders each day, so that the orders are known through each day."""
    orders(connection, customer(connection), range(-ahead, 60))


def imported(engine: Engine, file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8")
    importer = DealingImport(ORDERS, signing_key=SIGNING_KEY, now=NOW, until=None)
    assert run_import(engine, file, importer).refused == 0


def move_the_last_order(engine: Engine, *, of: int, to: int) -> None:
    """As a corrected file does."""
    with writing(engine) as connection:
        last = select(func.max(Order.ordered_at)).where(Order.customer_id == of).scalar_subquery()
        this = update(Order).where(Order.customer_id == of, Order.ordered_at == last)
        connection.execute(this.values(customer_id=to))
        note_changed_orders(connection, [of, to])


def looks_at_once(
    engine: Engine, settings: Settings, table: type[Any], customer_id: int
) -> list[OrderWatch]:
    """Two looks; the other begins just before the one commits a row of the table for them."""
    found: list[OrderWatch] = []
    other = open_record(engine.url.render_as_string(hide_password=False))
    meanwhile = Thread(target=lambda: found.append(look(other, settings)))
    there = select(table.id).where(table.customer_id == customer_id)

    def begin(ours: Connection) -> None:
        if meanwhile.ident is None and ours.execute(there).first() is not None:
            meanwhile.start()
            while meanwhile.is_alive() and not ours.execute(WAITING).scalar_one():
                sleep(0.01)

    event.listen(engine, "commit", begin)
    found.append(look(engine, settings))
    event.remove(engine, "commit", begin)
    meanwhile.join(20)
    other.dispose()
    return found


def open_now(engine: Engine) -> list[Any]:
    with reading(engine) as connection:
        return open_signals(connection, zone="UTC")


def tasks(engine: Engine) -> list[Any]:
    with reading(engine) as connection:
        return list(connection.execute(select(Task).order_by(Task.id)))


def kept(engine: Engine) -> list[dict[str, Any]]:
    with reading(engine) as connection:
        query = select(OrderRhythm).order_by(OrderRhythm.customer_id)
        rows = connection.execute(query).all()
    assert rows_of(accounts_of(rows)) == [tuple(row) for row in rows]
    return [
        {
            name: round(value, 6) if isinstance(value, float) else value
            for name, value in row.items()
        }
        for row in (row._asdict() for row in rows)
    ]
