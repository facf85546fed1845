"""What a database keeps of deleted rows in its files, and getting rid of it."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.exc import DatabaseError

from contacts.privacy.held import tables_of_a_customer

_CHECKPOINT = "PRAGMA wal_checkpoint(TRUNCATE)"


def compact(engine: Engine) -> str | None:
    """Rewrite the record's files without what was deleted; why that could not be, or None.

    SQLite keeps it in free pages and in its write-ahead log, PostgreSQL as dead rows and in the
    samples of its planner. It takes as long as copying the file, and writers wait meanwhile.
    """
    try:
        if engine.dialect.name == "sqlite":
            return _compact_sqlite(engine)
        _compact_postgresql(engine)
    except (DatabaseError, sqlite3.Error) as error:
        return str(getattr(error, "orig", None) or error).partition("\n")[0]
    return None


def fold_log(engine: Engine) -> None:
    """Let SQLite forget the older pages in its write-ahead log, if nobody reads them just now."""
    if engine.dialect.name == "sqlite":
        with _sqlite(engine) as connection:
            connection.execute(_CHECKPOINT)


def sqlite_files(engine: Engine) -> list[Path]:
    """The record's own files, where it is SQLite in a file."""
    if engine.dialect.name != "sqlite" or not engine.url.database:
        return []
    name = engine.url.database
    return [path for end in ("", "-wal", "-shm") if (path := Path(f"{name}{end}")).is_file()]


def _compact_sqlite(engine: Engine) -> str | None:
    with _sqlite(engine) as connection:
        connection.execute("VACUUM")
        (busy, *_) = connection.execute(_CHECKPOINT).fetchone()
    if busy:
        return "another program reads the record just now, so its write-ahead log (-wal) was left"
    return None


def _compact_postgresql(engine: Engine) -> None:
    tables = ", ".join(table.name for table in tables_of_a_customer())
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(f"VACUUM (ANALYZE) {tables}")


@contextmanager
def _sqlite(engine: Engine) -> Iterator[sqlite3.Connection]:
    """The driver's own connection, on which no transaction is begun."""
    borrowed = engine.raw_connection()
    try:
        connection = borrowed.driver_connection
        assert isinstance(connection, sqlite3.Connection)  # noqa: S101  # callers look first
        yield connection
    finally:
        borrowed.close()
