"""The raw floor's record: four row writes a touch in as few statements as each database allows."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Protocol

import orjson
import psycopg
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb, set_json_loads

from benchmarks.people import NOW, people

_TABLES = """
CREATE TABLE customers (
    id INTEGER PRIMARY KEY, email TEXT, phone TEXT, first_name TEXT, last_name TEXT, company TEXT,
    timezone TEXT, locale TEXT, country TEXT, tier TEXT, persona TEXT, joined_on {day},
    attributes {json});
CREATE TABLE touches (
    id INTEGER PRIMARY KEY, customer_id INTEGER, state TEXT, due_at {instant}, made_at {instant});
CREATE INDEX due ON touches (due_at) WHERE state = 'planned';
CREATE TABLE attempts (
    id TEXT PRIMARY KEY, touch_id INTEGER, state TEXT, started_at {instant},
    answered_at {instant}, provider_id TEXT, http_status INTEGER);
"""
_DUE = """
SELECT touches.id AS touch_id, customers.* FROM touches
JOIN customers ON customers.id = touches.customer_id
WHERE touches.state = 'planned' AND touches.due_at <= {} ORDER BY touches.due_at LIMIT {}
"""


@dataclass(frozen=True, slots=True)
class Answered:
    """A request, and the name that the provider gave to what it accepted."""

    touch_id: int
    attempt_id: str
    provider_id: str
    status: int


class Record(Protocol):
    commits: int

    def due(self, most: int) -> list[dict[str, Any]]: ...

    def begin(self, attempts: Sequence[tuple[str, int]]) -> None:
        """`attempts` are (attempt id, touch id); committed before anything is sent."""

    def answered(self, answers: Sequence[Answered]) -> None: ...

    def close(self) -> None: ...


def prepare(place: Path, database: str | None, touches: int) -> None:
    """A database in which so many touches are due; a file at `place` unless `database` is a URL."""
    if database is None:
        _prepare_sqlite(place, touches)
    else:
        _prepare_postgresql(database, touches)


def opened(place: Path, database: str | None) -> Record:
    return OnSqlite(place) if database is None else OnPostgresql(database)


class OnSqlite:
    def __init__(self, path: Path) -> None:
        self._connection = _open_sqlite(path)
        self._due = _DUE.format("?", "?")
        self.commits = 0

    def due(self, most: int) -> list[dict[str, Any]]:
        rows = self._connection.execute(self._due, (NOW.isoformat(), most))
        return [self._with_types(dict(row)) for row in rows]

    def begin(self, attempts: Sequence[tuple[str, int]]) -> None:
        at = NOW.isoformat()
        self._connection.execute("BEGIN IMMEDIATE")
        self._connection.executemany(
            "UPDATE touches SET state = 'sending' WHERE id = ?",
            [(touch_id,) for _, touch_id in attempts],
        )
        self._connection.executemany(
            "INSERT INTO attempts VALUES (?, ?, 'sending', ?, NULL, NULL, NULL)",
            [(*attempt, at) for attempt in attempts],
        )
        self._commit()

    def answered(self, answers: Sequence[Answered]) -> None:
        at = NOW.isoformat()
        self._connection.execute("BEGIN IMMEDIATE")
        self._connection.executemany(
            "UPDATE attempts SET state = 'accepted', answered_at = ?, provider_id = ?,"
            " http_status = ? WHERE id = ?",
            [(at, one.provider_id, one.status, one.attempt_id) for one in answers],
        )
        self._connection.executemany(
            "UPDATE touches SET state = 'accepted', made_at = ? WHERE id = ?",
            [(at, one.touch_id) for one in answers],
        )
        self._commit()

    def close(self) -> None:
        self._connection.close()

    def _with_types(self, row: dict[str, Any]) -> dict[str, Any]:
        row["joined_on"] = date.fromisoformat(row["joined_on"])
        row["attributes"] = orjson.loads(row["attributes"])
        return row

    def _commit(self) -> None:
        self._connection.commit()
        self.commits += 1


class OnPostgresql:
    """Every statement is given its rows as arrays: a single round trip, whatever their number."""

    def __init__(self, url: str) -> None:
        set_json_loads(orjson.loads)
        self._connection = psycopg.connect(url, row_factory=dict_row)
        self._due = _DUE.format("%s", "%s")
        self.commits = 0

    def due(self, most: int) -> list[dict[str, Any]]:
        rows = self._connection.execute(self._due, (NOW, most)).fetchall()
        self._connection.rollback()
        return rows

    def begin(self, attempts: Sequence[tuple[str, int]]) -> None:
        ids, touches = ([one[place] for one in attempts] for place in (0, 1))
        self._connection.execute(
            "UPDATE touches SET state = 'sending' WHERE id = ANY (%s)", (touches,)
        )
        self._connection.execute(
            "INSERT INTO attempts SELECT id, touch_id, 'sending', %s"
            " FROM unnest(%s::text[], %s::int[]) AS given (id, touch_id)",
            (NOW, ids, touches),
        )
        self._commit()

    def answered(self, answers: Sequence[Answered]) -> None:
        self._connection.execute(
            "UPDATE attempts SET state = 'accepted', answered_at = %s, provider_id = given.mark,"
            " http_status = given.status"
            " FROM unnest(%s::text[], %s::text[], %s::int[]) AS given (id, mark, status)"
            " WHERE attempts.id = given.id",
            (
                NOW,
                [one.attempt_id for one in answers],
                [one.provider_id for one in answers],
                [one.status for one in answers],
            ),
        )
        self._connection.execute(
            "UPDATE touches SET state = 'accepted', made_at = %s WHERE id = ANY (%s)",
            (NOW, [one.touch_id for one in answers]),
        )
        self._commit()

    def close(self) -> None:
        self._connection.close()

    def _commit(self) -> None:
        self._connection.commit()
        self.commits += 1


def _open_sqlite(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    return connection


def _prepare_sqlite(path: Path, touches: int) -> None:
    connection = _open_sqlite(path)
    connection.executescript(_TABLES.format(day="TEXT", json="TEXT", instant="TEXT"))
    connection.execute("BEGIN")
    for person in people(touches):
        row = person | {
            "joined_on": person["joined_on"].isoformat(),
            "attributes": orjson.dumps(person["attributes"]).decode(),
        }
        names = ", ".join(f":{name}" for name in row)
        connection.execute(f"INSERT INTO customers VALUES ({names})", row)  # noqa: S608  # ours
        connection.execute(
            "INSERT INTO touches VALUES (:id, :id, 'planned', :due, NULL)",
            {"id": person["id"], "due": NOW.isoformat()},
        )
    connection.commit()
    connection.close()


def _prepare_postgresql(url: str, touches: int) -> None:
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        tables = _TABLES.format(day="DATE", json="JSONB", instant="TIMESTAMPTZ")
        for statement in filter(str.strip, tables.split(";")):
            cursor.execute(statement.encode())
        with cursor.copy("COPY customers FROM STDIN") as copy:
            for person in people(touches):
                values = person | {"attributes": Jsonb(person["attributes"])}
                copy.write_row(list(values.values()))
        cursor.execute(
            "INSERT INTO touches SELECT id, id, 'planned', %s, NULL FROM customers", (NOW,)
        )
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")  # or the planner knows nothing of these tables
