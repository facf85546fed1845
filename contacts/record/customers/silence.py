"""How long each customer may go without contact: by their own limit, their tier or the workspace's.

Who was never in touch is silent since they came on record.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, literal, or_, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import FunctionElement

from contacts.record.base import Instant
from contacts.record.many import one_of
from contacts.record.tables import Customer
from contacts.settings import Settings


def out_of_touch(settings: Settings, now: datetime) -> ColumnElement[bool]:
    """Whether the last contact is longer ago than this customer may go without one."""
    tiers = settings.freshness_days_by_tier
    own = Customer.freshness_days
    by_tier = or_(
        and_(Customer.tier.not_in(list(tiers)), _silent_for(settings.freshness_days, now)),
        *(and_(Customer.tier == tier, _silent_for(days, now)) for tier, days in tiers.items()),
    )
    by_own = _since() < _DaysBefore(literal(now, Instant()), own)
    return or_(and_(own.is_(None), by_tier), and_(own.is_not(None), by_own))


def limits_of(
    connection: Connection, customer_ids: Collection[int], settings: Settings
) -> dict[int, int]:
    """How many days these customers may go without contact."""
    tiers, usual = settings.freshness_days_by_tier, settings.freshness_days
    rows = connection.execute(_LIMITS, {"customers": customer_ids})
    return {row.id: row.freshness_days or tiers.get(row.tier, usual) for row in rows}


def _silent_for(days: int, now: datetime) -> ColumnElement[bool]:
    return _since() < now - timedelta(days=days)


def _since() -> ColumnElement[datetime]:
    return func.coalesce(Customer.last_contact_at, Customer.created_at)


class _DaysBefore(FunctionElement[Any]):
    """The instant so many days before another, where a column says how many."""

    inherit_cache = True
    type = Instant()


@compiles(_DaysBefore)
def _days_before_on_sqlite(element: _DaysBefore, compiler: SQLCompiler, **options: Any) -> str:
    # The form in which Instant stores its text: microseconds, of which SQLite knows three digits.
    at, days = (compiler.process(one, **options) for one in element.clauses)
    return f"strftime('%Y-%m-%d %H:%M:%f000', {at}, '-' || {days} || ' days')"


@compiles(_DaysBefore, "postgresql")
def _days_before_on_postgresql(element: _DaysBefore, compiler: SQLCompiler, **options: Any) -> str:
    at, days = (compiler.process(one, **options) for one in element.clauses)
    return f"({at} - make_interval(days => {days}))"


_LIMITS = select(Customer.id, Customer.tier, Customer.freshness_days).where(
    one_of(Customer.id, "customers")
)
