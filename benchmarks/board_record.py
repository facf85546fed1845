"""A record for the board: owners, orders, tasks and messages beside so many customers."""

from datetime import timedelta
from pathlib import Path

from sqlalchemy import Connection, Engine, insert, text, update

from benchmarks.people import NOW
from benchmarks.scale_record import make_workspace_record, plan_everybody
from contacts.record.customers.proofs import Proof, keep_proof
from contacts.record.engine import writing
from contacts.record.tables import Customer, OwnerRow
from contacts.settings import Settings

OWNERS = 20
TASK_EVERY, SENT_EVERY, SIGNAL_EVERY, ORDERS_EACH = 37, 5, 50, 3
_TASKS = """
INSERT INTO tasks (customer_id, owner_id, kind, title, brief, due_at, state, opened_at, escalated)
SELECT id, owner_id, CASE id % 5 WHEN 0 THEN 'call' WHEN 1 THEN 'visit'
    WHEN 2 THEN 'reply' WHEN 3 THEN 'check_in' ELSE 'orders' END,
    'Call about ' || company, 'They asked for it.',
    {due}, 'open', {opened}, 0
FROM customers WHERE id % {task_every} = 0
"""
_ORDERS = """
WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {orders_each})
INSERT INTO orders (order_id, customer_id, ordered_at, amount, currency, items)
SELECT 'O-' || id || '-' || n, id, {ordered}, 100 + id % 90, 'EUR', '20 kg House No. 9'
FROM customers, numbers
"""
_DONE = """
INSERT INTO touches (id, customer_id, enrolment_id, cadence, step_key, occurrence, channel,
    purpose, state, due_at, not_after, wall_time, zone, dst_adjusted, tries, created_at, made_at)
SELECT 10000000 + id, customer_id, id, 'spring', 'hello', '2026-11-01/1', 'email', 'marketing',
    'delivered', {sent}, {sent}, '2026-11-01T11:00', 'Europe/London', FALSE, 1, {sent}, {sent}
FROM enrolments WHERE id % {sent_every} = 0
"""
_ATTEMPTS = """
INSERT INTO attempts (id, touch_id, customer_id, channel, local_date, state, fence, lease_until,
    template, body_hash, segments, started_at)
SELECT '01900000-' || id, id, customer_id, 'email', :today, 'accepted', 1, {sent},
    'spring/en@12345678', 'x', 1, {sent}
FROM touches WHERE state = 'delivered'
"""
_SIGNALS = """
INSERT INTO signals (customer_id, kind, key, reason, figures, weight, raised_at)
SELECT id, CASE id % 3 WHEN 0 THEN 'order.late' WHEN 1 THEN 'order.smaller' ELSE 'order.bigger' END,
    '2026-09-01', 'Usually orders about every 30 days, but nothing for 75 days now.',
    '{{"silent_days": 75}}', id % 97 / 97.0, {raised}
FROM customers WHERE id % {signal_every} = 0
"""
_MESSAGES = """
INSERT INTO messages (attempt_id, address, subject, text, html)
SELECT id, 'customer' || customer_id || '@mail.example.com', 'Spring is here', 'Hello',
    '<p>Hello, spring is here.</p>'
FROM attempts
"""


def make_board_record(engine: Engine, settings: Settings, folder: Path, customers: int) -> None:
    """Everything that a page of the board may look at, for so many customers."""
    make_workspace_record(engine, settings, customers)
    with writing(engine) as connection:
        _share_out(connection)
    plan_everybody(engine, folder, customers)
    with writing(engine) as connection:
        _run(connection, _TASKS, due="CAST(id AS BIGINT) * 7919 % 19 - 9", opened="-11")
        _run(connection, _ORDERS, ordered="-n * 30 - id % 17")
        _run(connection, _DONE, sent="-(CAST(id AS BIGINT) * 7919 % 30)")
        _run(connection, _ATTEMPTS, sent="-(CAST(id AS BIGINT) % 30)")
        _run(connection, _MESSAGES)
        _run(connection, _SIGNALS, raised="-(CAST(id AS BIGINT) % 30)")
        some = customers // 20
        keep_proof(connection, Proof(NOW, customers, customers - some, some - 3, 0, 0, 3, 1, 0))
    if engine.dialect.name == "sqlite":
        engine.dispose()


def _share_out(connection: Connection) -> None:
    """The customers among the owners, so that each has as many."""
    rows = [
        {"email": f"owner{n}@tea.example.com", "name": f"Owner {n}", "leads": False, "named": True,
         "hours": {}}
        for n in range(2, OWNERS + 1)
    ]  # fmt: skip
    connection.execute(insert(OwnerRow), rows)
    connection.execute(update(Customer).values(owner_id=Customer.id % OWNERS + 1))


def _run(connection: Connection, statement: str, **days: str) -> None:
    """With instants so many days from now, negative before it."""
    form = "CAST('{now}' AS TIMESTAMPTZ) + ({days}) * INTERVAL '1 day'"
    if connection.dialect.name == "sqlite":
        form = "strftime('%Y-%m-%d %H:%M:%f000', '{now}', ({days}) || ' days')"
    now = f"{NOW:%Y-%m-%d %H:%M:%S}"
    instants = {name: form.format(now=now, days=number) for name, number in days.items()}
    shares = {
        "task_every": TASK_EVERY,
        "sent_every": SENT_EVERY,
        "signal_every": SIGNAL_EVERY,
        "orders_each": ORDERS_EACH,
    }
    today = {"today": NOW.date() - timedelta(days=1)} if ":today" in statement else {}
    connection.execute(text(statement.format(**instants, **shares)), today)
