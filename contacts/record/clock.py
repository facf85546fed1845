"""The database's own clock: workers' clocks are never compared with each other."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import ColumnElement
from sqlalchemy.sql.visitors import InternalTraversal

from contacts.record.base import Instant
from contacts.record.engine import reading


class DatabaseNow(ColumnElement[Any]):
    """The database's present instant, plus whole seconds."""

    type = Instant()
    # By this SQLAlchemy tells one from another; without it no statement with one would be cached.
    _traverse_internals = [("plus_seconds", InternalTraversal.dp_plain_obj)]  # noqa: RUF012  # its form

    def __init__(self, plus_seconds: int = 0) -> None:
        self.plus_seconds = plus_seconds


@compiles(DatabaseNow, "sqlite")
def _on_sqlite(element: DatabaseNow, compiler: SQLCompiler, **_: Any) -> str:
    # The form in which Instant stores its text: microseconds, of which SQLite knows three digits.
    return f"strftime('%Y-%m-%d %H:%M:%f000', 'now', '{element.plus_seconds:+d} seconds')"


@compiles(DatabaseNow, "postgresql")
def _on_postgresql(element: DatabaseNow, compiler: SQLCompiler, **_: Any) -> str:
    return f"(clock_timestamp() + interval '{element.plus_seconds:d} seconds')"


def present(engine: Engine) -> datetime:
    """The present by the record's own clock, for the edges, where a pass begins.

    By it a worker whose own clock is wrong sends nothing too early or too late. SQLite has the
    clock of its machine.
    """
    if engine.dialect.name == "sqlite":
        return datetime.now(UTC)
    with reading(engine) as connection:
        instant: datetime = connection.execute(select(DatabaseNow().label("now"))).scalar_one()
    return instant
