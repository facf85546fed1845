"""Prefect's own database, migrated once for all tests; its server takes no longer to start."""

import asyncio
import fcntl
import gc
import shutil
from importlib.metadata import version
from pathlib import Path

from contacts.settings import Settings

QUICK_START = {"PREFECT_SERVER_REGISTER_BLOCKS_ON_START": "false"}
"""Without the kinds of blocks, of which we use none, a server takes a third less to start."""
_MAKERS = ("prefect", "sqlalchemy", "alembic")


def migrated_once(folder: Path) -> Path:
    """An empty, migrated database to copy, kept in `folder` for all processes and later runs.

    It is named for what made it, so an upgrade makes another one.
    """
    made = folder / f"{'-'.join(f'{name}-{version(name)}' for name in _MAKERS)}.db"
    with made.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            home = made.with_suffix(".home")
            shutil.rmtree(home, ignore_errors=True)  # of a run that was killed
            _without_collections(home)
            shutil.move(home / "prefect.db", made)
            shutil.rmtree(home)
    return made


def give(settings: Settings, database: Path) -> None:
    """Let the workspace's Prefect begin with a copy of `database`."""
    home = settings.state / "prefect"
    home.mkdir(parents=True)
    shutil.copyfile(database, home / "prefect.db")


def _without_collections(home: Path) -> None:
    """A hundred migrations leave no garbage worth a quarter of their time."""
    gc.disable()
    try:
        asyncio.run(_migrate(home))
    finally:
        gc.enable()


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
