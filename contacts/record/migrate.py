"""Bringing the record's schema to the version this program needs, and refusing any other."""

from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

from contacts.record.engine import RecordError, reading, writing


def migrate(engine: Engine) -> None:
    """Run every migration that is missing; on SQLite in one transaction each."""
    from alembic import command

    with writing(engine) as connection:
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def check_schema(engine: Engine) -> None:
    """Raise RecordError unless the record is at exactly the version of this program."""
    with reading(engine) as connection:
        found = schema_version(connection)
    needed = ScriptDirectory.from_config(_config()).get_current_head()
    if found != needed:
        raise RecordError(
            f"{engine.url.render_as_string(hide_password=True)}: schema is at "
            f"{found or 'no version'}, this program needs {needed}; run 'touchline migrate'."
        )


def schema_version(connection: Connection) -> str | None:
    """The revision the record is at, or None for an empty one."""
    return MigrationContext.configure(connection).get_current_revision()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", "contacts:record/migrations")
    return config
