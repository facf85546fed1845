"""Prefect's own database, migrated once for all tests; its server takes no longer to start."""

import asyncio
import fcntl
import os
import shutil
from pathlib import Path

import pytest

from contacts.settings import Settings


def migrated_once(factory: pytest.TempPathFactory) -> Path:
    """An empty, migrated database to copy, shared by all processes of this run of the tests."""
    folder = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    made = folder / "prefect-migrated.db"
    with (folder / "prefect-migrated.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            home = folder / "prefect-home"
            asyncio.run(_migrate(home))
            shutil.move(home / "prefect.db", made)
    return made


def give(settings: Settings, database: Path) -> None:
    """Let the workspace's Prefect begin with a copy of `database`."""
    home = settings.state / "prefect"
    home.mkdir(parents=True)
    shutil.copyfile(database, home / "prefect.db")


async def _migrate(home: Path) -> None:
    from prefect.server.database import provide_database_interface
    from prefect.server.database.dependencies import temporary_database_interface
    from prefect.settings import (
        PREFECT_HOME,
        PREFECT_SERVER_DATABASE_CONNECTION_URL,
        temporary_settings,
    )

    home.mkdir()
    url = f"sqlite+aiosqlite:///{home / 'prefect.db'}"
    with (
        temporary_settings({PREFECT_HOME: home, PREFECT_SERVER_DATABASE_CONNECTION_URL: url}),
        temporary_database_interface(),
    ):
        database = provide_database_interface()
        await database.create_db()
        await (await database.engine()).dispose()  # folds the journal into the file
