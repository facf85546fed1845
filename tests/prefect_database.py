"""Prefect's own database, made once for all tests, and what else makes its programs quick."""

import fcntl
import gc
import shutil
from importlib.metadata import version
from pathlib import Path

from contacts.settings import Settings

_MAKERS = ("prefect", "sqlalchemy", "alembic")


# Without the kinds of blocks, of which we use none, a server takes a third less to start.
QUICK_START = {"PREFECT_SERVER_REGISTER_BLOCKS_ON_START": "false"}


def migrated_once(folder: Path) -> Path:
    """An empty, migrated database to copy, kept in `folder` for all processes and later runs.

    It is named for what made it, so an upgrade makes another one.
    """
    made = folder / f"{'-'.join(f'{name}-{version(name)}' for name in _MAKERS)}.db"
    with made.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            _without_collections(made)
    return made


def give(settings: Settings, database: Path) -> None:
    """Let the workspace's Prefect begin with a copy of `database`."""
    home = settings.state / "prefect"
    home.mkdir(parents=True)
    shutil.copyfile(database, home / "prefect.db")


def _without_collections(made: Path) -> None:
    """A hundred migrations leave no garbage worth a quarter of their time."""
    gc.disable()
    try:
        from flows.running.prefect_tables import make_tables

        make_tables(made)
    finally:
        gc.enable()
