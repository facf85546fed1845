"""What most commands and flows begin with: the workspace's settings and its record, checked."""

from pathlib import Path

import typer
from sqlalchemy import Engine

from contacts.record.engine import open_record
from contacts.record.migrate import check_schema, migrate
from contacts.settings import Settings, load_settings


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
