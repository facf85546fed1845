"""What most commands and flows begin with: the workspace's settings and its record, checked."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer
from sqlalchemy import Engine

from contacts.record.engine import open_record
from contacts.record.migrate import check_schema, migrate
from contacts.settings import Settings, SettingsError, load_settings


def settings_of(context: typer.Context) -> Settings:
    """The settings of the workspace that the command line names."""
    workspace: Path = context.obj
    return load_settings(workspace)


def record_of(settings: Settings) -> Engine:
    """The workspace's record at the right version.

    The embedded SQLite record is made and migrated on the way; a database server's schema changes
    only by `touchline migrate`.
    """
    engine = open_record(settings.url)
    if engine.dialect.name == "sqlite":
        settings.state.mkdir(parents=True, exist_ok=True)
        migrate(engine)
    else:
        check_schema(engine)
    return engine


@contextmanager
def record_for(settings: Settings) -> Iterator[Engine]:
    """`record_of`, closed at the end of a command."""
    engine = record_of(settings)
    try:
        yield engine
    finally:
        engine.dispose()


def settings_of_run() -> Settings:
    """The settings of the workspace that a flow run's environment names."""
    workspace = os.environ.get("TOUCHLINE_WORKSPACE")
    if not workspace:
        raise SettingsError(
            "TOUCHLINE_WORKSPACE is not set; serve the flows with 'touchline up' or "
            "'python -m flows --workspace DIR', or set it in the work pool's job variables."
        )
    return load_settings(Path(workspace))


@contextmanager
def opened_record(settings: Settings) -> Iterator[Engine]:
    """The record at the right version, for one run; a run never changes the schema."""
    engine = open_record(settings.url)
    try:
        check_schema(engine)
        yield engine
    finally:
        engine.dispose()
