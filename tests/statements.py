"""What the engine asks of the database, seen from the side."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event, text

WAITING = text(
    "SELECT count(*) FROM pg_locks "
    "WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))"
)
"""How many wait for a lock of this session, on PostgreSQL.

It does not ask `pg_stat_activity`, which for the whole of a transaction shows who was there at the
first look.
"""


@contextmanager
def statements(engine: Engine) -> Iterator[list[str]]:
    """Every statement that the engine executes meanwhile."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)
