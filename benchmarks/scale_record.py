"""A record of any number of customers, made by the database itself: INSERT … SELECT."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Connection, Date, Engine, bindparam, text

from benchmarks.people import NOW, people
from contacts.record.book.owners import sync_owners
from contacts.record.engine import writing
from contacts.record.migrate import migrate
from contacts.record.tables import Instant
from contacts.record.upkeep.queue_order import put_in_order
from contacts.record.versions import version_of
from contacts.settings import Settings
from contacts.workspace.files import load_cadence

STALE_EVERY = 20
"""One customer in so many was through with everything, and is out of touch the longest."""
_STEP = 7919  # a prime, so that neighbours in a table are not neighbours in time
_DAYS_SILENT = (
    f"CAST(n AS BIGINT) * {_STEP} % 60 + CASE WHEN n % {STALE_EVERY} = 0 THEN 61 ELSE 0 END"
)

_NUMBERS = (
    "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :count)"
)
_CUSTOMERS = """
INSERT INTO customers (id, email, phone, first_name, last_name, company, timezone,
    timezone_assumed, locale, country, owner_id, tier, persona, joined_on, attributes, active,
    last_contact_at, created_at, updated_at)
{numbers}
SELECT n, 'customer' || n || '@mail' || (n % 50) || '.example.com', '+120255501' || (10 + n % 90),
    'Ada', 'Example' || n, 'Leaf & Bean No. ' || n, :zone, FALSE, 'en', 'GB', :owner, 'basic',
    'cafe', :joined, {attributes}, TRUE, {contact}, :long_ago, :long_ago
FROM numbers
"""
_CONSENTS = """
INSERT INTO consents (customer_id, channel, granted, source, evidence, at, recorded_at)
SELECT id, 'email', TRUE, 'signup form v3', '', :long_ago, :long_ago FROM customers
"""
_ENROLMENTS = """
INSERT INTO enrolments (id, customer_id, cadence, version_id, trigger, state, started_at,
    started_on, round, position)
SELECT id, id, 'spring', :version, 'customer.added',
    CASE WHEN id % :stale = 0 THEN 'finished' ELSE 'active' END, :now, :today, 1, 1
FROM customers
"""
_TOUCHES = """
INSERT INTO touches (id, customer_id, enrolment_id, cadence, step_key, occurrence, channel,
    purpose, state, due_at, not_after, wall_time, zone, dst_adjusted, tries, created_at)
SELECT id, customer_id, id, 'spring', 'letter', '2026-12-01/1', 'email', 'marketing', 'planned',
    {due}, {late}, '2026-12-01T11:00', 'Europe/London', FALSE, 0, :now
FROM enrolments WHERE state = 'active'
"""
_QUEUE = "INSERT INTO queue (ready_at, touch_id, fence) SELECT due_at, id, 0 FROM touches"


def make_workspace_record(
    engine: Engine, settings: Settings, customers: int, *, now: datetime = NOW
) -> None:
    """Customers who agreed to mail, of whom nothing is planned yet."""
    migrate(engine)
    with writing(engine) as connection:
        owner = sync_owners(connection, settings)["olive@tea.example.com"]
        on = _dialect(connection)
        attributes = orjson.dumps(next(people(1))["attributes"]).decode()
        _do(
            connection,
            _CUSTOMERS.format(
                numbers=_NUMBERS,
                attributes=on["json"],
                contact=on["ago"].format(_DAYS_SILENT),
            ),
            count=customers,
            zone="Europe/London",
            owner=owner,
            attributes=attributes,
            joined=now.date() - timedelta(days=100),
            long_ago=now - timedelta(days=200),
            now=now,
        )
        _do(connection, _CONSENTS, long_ago=now - timedelta(days=20))
    settle(engine)


def plan_everybody(engine: Engine, folder: Path, customers: int) -> None:
    """A touch for all but one in `STALE_EVERY`, one due every second after `NOW`."""
    cadence = load_cadence(folder / "cadences" / "spring.yaml")
    with writing(engine) as connection:
        version = version_of(
            connection, name=cadence.name, sha256=cadence.sha256, source=cadence.source, now=NOW
        )
        today = NOW.date()
        _do(connection, _ENROLMENTS, version=version, now=NOW, today=today, stale=STALE_EVERY)
        later = _dialect(connection)["later"]
        place = f"(CAST(id AS BIGINT) * {_STEP} % {customers} + 1)"
        due, late = later.format(place), later.format(f"{place} + 172800")
        _do(connection, _TOUCHES.format(due=due, late=late), now=NOW)
        _do(connection, _QUEUE)
    put_in_order(engine)  # as every night
    settle(engine)


def settle(engine: Engine) -> None:
    """What happens by itself in time: PostgreSQL learns the sizes, SQLite empties its log."""
    if engine.dialect.name == "postgresql":
        with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
            connection.execute(text("VACUUM ANALYZE"))
    else:
        engine.dispose()  # the last connection that closes folds the log into the file


def _dialect(connection: Connection) -> dict[str, str]:
    """How instants are counted and JSON is said on this database."""
    if connection.dialect.name == "postgresql":
        return {
            "json": "CAST(:attributes AS JSON)",
            "later": "CAST(:now AS TIMESTAMPTZ) + ({}) * INTERVAL '1 second'",
            "ago": "CAST(:now AS TIMESTAMPTZ) - ({}) * INTERVAL '1 day'",
        }
    form = "strftime('%Y-%m-%d %H:%M:%f000', :now, "  # as contacts.record.base writes an instant
    return {
        "json": ":attributes",
        "later": form + "'+' || ({}) || ' seconds')",
        "ago": form + "'-' || ({}) || ' days')",
    }


def _do(connection: Connection, statement: str, **values: Any) -> None:
    typed = [bindparam(name, type_=_type_of(value)) for name, value in values.items()]
    named: Sequence[Any] = [one for one in typed if one.key in statement]
    connection.execute(
        text(statement).bindparams(*named), {one.key: values[one.key] for one in named}
    )


def _type_of(value: object) -> Any:
    if isinstance(value, datetime):
        return Instant()
    return Date() if hasattr(value, "isoformat") else None
