"""A record for simulated worlds: a real SQLite file whose clock is the simulation's.

One engine serves every world of a test process, for making one takes longer than living in it.
"""

import sqlite3
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import event

from contacts.record.engine import open_record
from contacts.record.migrate import migrate
from contacts.record.tables import Base
from tests.simulation.clock import Clock


class Killed(BaseException):
    """The simulated process is dead; nothing of it may run on."""


class Record:
    """An engine, and a plain connection beside it for looking without being seen."""

    def __init__(self, path: Path) -> None:
        self.clock: Clock | None = None
        self._until_killed: int | None = None
        self.engine = open_record(f"sqlite:///{path}")
        event.listen(self.engine, "connect", self._on_connect)
        migrate(self.engine)
        for boundary in ("begin", "commit"):
            event.listen(self.engine, boundary, self._on_boundary)
        self._eye = sqlite3.connect(path, isolation_level=None)
        self._eye.row_factory = sqlite3.Row
        self._eye.execute("PRAGMA synchronous = OFF")
        self._eye.execute("DROP TRIGGER consents_are_not_deleted")  # a world ends with its people
        emptying = (f'DELETE FROM "{table}"' for table in Base.metadata.tables)  # noqa: S608  # names of ours
        self._empty = "; ".join(emptying)

    def begin_anew(self, clock: Clock) -> None:
        """An empty record, on this clock."""
        self.clock = clock
        self._eye.executescript(f"BEGIN; {self._empty}; COMMIT")

    def look(self, sql: str, *values: Any) -> list[sqlite3.Row]:
        """What is committed."""
        return self._eye.execute(sql, values).fetchall()

    def version(self) -> int:
        """Another number once anything was committed."""
        return int(self._eye.execute("PRAGMA data_version").fetchone()[0])

    def dump(self) -> dict[str, list[tuple[Any, ...]]]:
        """Everything that is committed, table by table."""
        return {table: sorted(self._rows(table), key=repr) for table in Base.metadata.tables}

    def dying(self, work: Callable[[], Any], *, boundary: int) -> Any:
        """Do `work`; raise Killed as it comes to its nth begin or commit of a transaction."""
        self._until_killed = boundary
        try:
            return work()
        finally:
            self._until_killed = None

    def close(self) -> None:
        self._eye.close()
        self.engine.dispose()

    def _rows(self, table: str) -> Iterator[tuple[Any, ...]]:
        return map(tuple, self.look(f'SELECT * FROM "{table}"'))  # noqa: S608  # a name of ours

    def _on_boundary(self, _: object) -> None:
        if self._until_killed is None:
            return
        self._until_killed -= 1
        if self._until_killed <= 0:
            self._until_killed = None  # what is rolled back now is no further boundary
            raise Killed

    def _on_connect(self, connection: Any, _: object) -> None:
        # The only function of SQLite's that asks what time it is.
        connection.create_function("strftime", -1, self._database_time)
        connection.execute("PRAGMA synchronous = OFF")  # no power is ever cut here

    def _database_time(self, _form: str, _now: str, shift: str = "+0 seconds") -> str:
        assert self.clock is not None, "no world has begun"
        at = self.clock.now + timedelta(seconds=int(shift.partition(" ")[0]))
        return f"{at:%Y-%m-%d %H:%M:%S}.{at.microsecond // 1000:03d}000"
