"""Opening the record and its transactions.

On SQLite every writing transaction starts with BEGIN IMMEDIATE: one that began as a reader and then
writes fails at once with SQLITE_BUSY_SNAPSHOT, whatever the busy timeout. SQLite keeps no line of
those who wait to write, and looks for its turn ever more rarely: beside a planner of a million
customers nobody else would get to write. So we look often, and who wrote for long gives way.
"""

import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import orjson
from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, OperationalError

from contacts.record.errors import RecordError

__all__ = ["RecordError", "open_record", "reading", "translated_errors", "writing"]

BUSY_SECONDS = 10
_CACHE = 4_000
"""KiB a connection: in its own 2,000 SQLite reads the upper levels of a large index ever again."""
CACHED = 5_000
"""KiB of SQLite files that a process keeps, over all its connections."""
_LONG = 0.025  # seconds
_GIVING_WAY = 0.005  # seconds
_LOOK_EVERY = 0.002  # seconds
_PATIENCE = {
    "connect_timeout": 10,  # seconds
    "keepalives_idle": 30,  # seconds; the next three find a server that is gone in 30 s more
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,  # milliseconds
}
"""libpq's own names; by default it waits minutes or hours for a server that went silent."""
_READ_ONLY = "25006"  # SQLSTATE
_UNREACHED = (
    (r"authentication failed|password|pg_hba|FATAL.* does not exist",
     "; are the user, the password and the database's name in database_url right?"),
    ("FATAL", ""),  # the server's own word: it is reached
    ("connection failed|failed to resolve|connection timeout",
     "; is the server running, and is the address in database_url right?"),
)  # fmt: skip
"""What psycopg says of a server that is not reached or lets nobody in, and the remedy."""


def open_record(url: str, *, busy_seconds: float = BUSY_SECONDS, cached: int = CACHED) -> Engine:
    """An engine on the record at `url`; nothing is read yet.

    Where this process keeps more than `cached` KiB of SQLite files in its memory (0: any number),
    it takes no more, but uses anew what it has.

    Raises RecordError where the URL cannot be understood.
    """
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise RecordError(
            "database_url is not a database URL, e.g. postgresql://user@host/name"
        ) from None
    if parsed.drivername in ("postgresql", "postgres"):
        parsed = parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() == "sqlite":
        return _open_sqlite(parsed, busy_seconds, cached)
    return _open_postgresql(parsed, busy_seconds)


def _open_sqlite(url: URL, busy_seconds: float, cached: int) -> Engine:
    engine = create_engine(
        url,
        connect_args={"timeout": busy_seconds, "check_same_thread": False},
        execution_options={"touchline_busy_seconds": busy_seconds},
        json_deserializer=orjson.loads,
        hide_parameters=True,  # an error's text reaches logs, and its parameters are people
    )
    event.listen(engine, "connect", partial(_prepare_sqlite, cached))
    event.listen(engine, "begin", partial(_begin_sqlite, busy_seconds))
    return engine


def _open_postgresql(url: URL, busy_seconds: float) -> Engine:
    from psycopg.types.array import ListBinaryDumper  # an extra that SQLite does without

    engine = create_engine(
        url,
        pool_pre_ping=True,
        # What database_url says of these itself counts.
        connect_args={name: most for name, most in _PATIENCE.items() if name not in url.query},
        execution_options={"touchline_busy_seconds": busy_seconds},
        json_deserializer=orjson.loads,
        hide_parameters=True,
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: object) -> None:
        connection.adapters.register_dumper(list, ListBinaryDumper)  # as text it escapes each item
        # Not as a start-up parameter, which poolers such as PgBouncer refuse.
        connection.execute(f"SET lock_timeout = {round(busy_seconds * 1000)}")
        connection.commit()

    return engine


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that may write; committed at the end, rolled back on any error."""
    with translated_errors(engine), engine.begin() as connection:
        began = time.monotonic()
        yield connection
    if engine.dialect.name == "sqlite" and time.monotonic() - began > _LONG:
        time.sleep(_GIVING_WAY)


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A transaction that writes nothing.

    On SQLite it sees one state of the record; on PostgreSQL each of its statements sees what was
    committed before that statement began.
    """
    with translated_errors(engine), engine.connect() as connection:
        yield connection.execution_options(touchline_reads=True)


@contextmanager
def translated_errors(engine: Engine) -> Iterator[None]:
    """Turn "the database cannot be used" into one clear RecordError."""
    try:
        yield
    except DatabaseError as error:
        # The bare class is SQLite's "malformed" and "not a database"; the others are bugs of ours.
        if isinstance(error, OperationalError) or type(error) is DatabaseError or _refuses(error):
            raise RecordError(_explain(engine, error)) from error
        raise


def _refuses(error: DatabaseError) -> bool:
    """Whether PostgreSQL takes no writes, as a standby does."""
    return getattr(error.orig, "sqlstate", None) == _READ_ONLY


def _explain(engine: Engine, error: DatabaseError) -> str:
    place = engine.url.render_as_string(hide_password=True)
    said = str(error.orig).splitlines()[0] if error.orig else "no answer"
    if "locked" in said or "lock timeout" in said:
        return (
            f"{place}: locked by another program for over {_busy_seconds(engine):g} s; close it "
            "and try again."
        )
    if "unable to open" in said:
        return (
            f"{place}: cannot be opened; does its folder exist, may you write there, and may this "
            "program open more files (ulimit -n)?"
        )
    if "readonly" in said:
        return f"{place}: is read-only; give this user write permission on the file and its folder."
    if "read-only transaction" in said:
        return f"{place}: takes no writes; name the primary server in database_url, not a standby."
    if "malformed" in said or "not a database" in said:
        return f"{place}: is damaged, or no database of ours; restore a backup, or move it away."
    if "no such table" in said or "no such column" in said:
        return f"{place}: its tables are of another version; run 'touchline migrate'."
    remedy = next((words for form, words in _UNREACHED if re.search(form, said)), "")
    return f"{place}: {said}{remedy}"


def _busy_seconds(engine: Engine) -> float:
    seconds: float = engine.get_execution_options().get("touchline_busy_seconds", BUSY_SECONDS)
    return seconds


def _prepare_sqlite(cached: int, connection: Any, _record: object) -> None:
    connection.isolation_level = None  # pysqlite must not begin transactions of its own
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute(f"PRAGMA cache_size = -{_CACHE}")
    cursor.execute(f"PRAGMA soft_heap_limit = {1024 * cached}")
    cursor.close()


def _begin_sqlite(busy_seconds: float, connection: Connection) -> None:
    if connection.get_execution_options().get("touchline_reads"):
        connection.exec_driver_sql("BEGIN")
        return
    raw = connection.connection.driver_connection
    assert raw is not None  # noqa: S101  # it is connected
    raw.execute("PRAGMA busy_timeout = 0")
    try:
        if not _is_our_turn(raw, time.monotonic() + busy_seconds):
            connection.exec_driver_sql("BEGIN IMMEDIATE")  # refused again, in SQLAlchemy's words
    finally:
        raw.execute(f"PRAGMA busy_timeout = {round(1000 * busy_seconds)}")


def _is_our_turn(raw: Any, until: float) -> bool:
    """Begin to write as soon as nobody else does; False if that was not by `until`."""
    while True:
        try:
            raw.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            # The low byte is the error, the others say of what kind: a log being recovered, e.g.
            is_busy = error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
            if not is_busy or time.monotonic() > until:
                return False
            time.sleep(_LOOK_EVERY)
        else:
            return True
