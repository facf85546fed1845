"""Prefect's own database as we make it at its first start: where, and that it is Prefect's."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from flows.running.prefect_tables import missing_file


@pytest.mark.parametrize("scheme", ["sqlite", "sqlite+aiosqlite"])
def test_a_file_that_is_not_there_is_made(tmp_path: Path, scheme: str) -> None:
    file = tmp_path / "prefect.db"
    assert missing_file(f"{scheme}:///{file}") == file


def test_what_is_there_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "prefect.db"
    file.write_bytes(b"")
    assert missing_file(f"sqlite+aiosqlite:///{file}") is None


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+asyncpg://nobody@db.example/prefect",
        "sqlite+aiosqlite:///:memory:",
        "sqlite+aiosqlite:///file::memory:?cache=shared&uri=true",
        "sqlite+aiosqlite:////nowhere/prefect.db",
    ],
)
def test_where_there_is_no_place_for_a_file_nothing_is_made(url: str) -> None:
    assert missing_file(url) is None


@pytest.mark.long  # Prefect takes its time
def test_the_tables_are_those_that_prefect_makes(tmp_path: Path, migrated_prefect: Path) -> None:
    assert tables(migrated_prefect) == tables(asyncio.run(made_by_prefect(tmp_path)))


async def made_by_prefect(folder: Path) -> Path:
    from prefect.server.database import provide_database_interface
    from prefect.server.database.dependencies import temporary_database_interface
    from prefect.settings import PREFECT_SERVER_DATABASE_CONNECTION_URL, temporary_settings

    file = folder / "prefect.db"
    url = {PREFECT_SERVER_DATABASE_CONNECTION_URL: f"sqlite+aiosqlite:///{file}"}
    with temporary_settings(url), temporary_database_interface():
        database = provide_database_interface()
        await database.create_db()
        await (await database.engine()).dispose()  # folds the journal into the file
    return file


def tables(file: Path) -> dict[tuple[str, str], list[str]]:
    """The lines of every statement that made something; a table's constraints have no order."""
    with closing(sqlite3.connect(file)) as database:
        rows = database.execute("SELECT type, name, sql FROM sqlite_master").fetchall()
        revision = database.execute("SELECT version_num FROM alembic_version").fetchall()
    made = {
        (kind, name): sorted(line.strip().rstrip(",") for line in (sql or "").splitlines())
        for kind, name, sql in rows
    }
    return made | {("revision", str(revision)): []}
