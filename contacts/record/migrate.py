"""Bringing the record's schema to the version this program needs, and refusing any other.

Migrations are numbered modules, one after the other, so the version needed is the name of the last
one. Alembic (a tenth of a second to import) is asked only when there is something to do.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, inspect, text

from contacts.record.engine import RecordError, reading, translated_errors, writing

if TYPE_CHECKING:
    from alembic.config import Config

_VERSION_TABLE = "alembic_version"
_LOCK = 7_301  # any number; migrations of one PostgreSQL database wait for each other on it


def migrate(engine: Engine) -> tuple[str | None, str]:
    """Run every migration that is missing, all in one transaction; return the versions from and to.

    Raises RecordError where the record belongs to a newer program, or to another one.
    """
    needed = known_versions()[-1]
    with reading(engine) as connection:
        if schema_version(connection) == needed:
            return needed, needed
    with _migrating(engine) as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
        found = schema_version(connection)
        _refuse_foreign(connection, found)
        if found != needed:
            _upgrade(connection)
    return found, needed


def check_schema(engine: Engine) -> None:
    """Raise RecordError unless the record is at exactly the version of this program."""
    with reading(engine) as connection:
        found = schema_version(connection)
        _refuse_foreign(connection, found)
    needed = known_versions()[-1]
    if found != needed:
        raise RecordError(
            f"{_place(engine)}: schema is at {found or 'no version'}, this program needs {needed}; "
            "run 'touchline migrate'."
        )


def schema_version(connection: Connection) -> str | None:
    """The revision the record is at, or None for an empty one."""
    if not inspect(connection).has_table(_VERSION_TABLE):
        return None
    found = connection.execute(text(f"SELECT version_num FROM {_VERSION_TABLE}"))  # noqa: S608  # a constant
    version: str | None = found.scalar()
    return version


@cache
def known_versions() -> tuple[str, ...]:
    """The revisions this program knows, oldest first."""
    folder = files("contacts.record.migrations.versions")
    names = (entry.name for entry in folder.iterdir())
    return tuple(sorted(name.removesuffix(".py") for name in names if name[:4].isdecimal()))


def config() -> "Config":
    """Alembic's settings; `attributes["connection"]` is the caller's to set."""
    from alembic.config import Config

    settings = Config()
    settings.set_main_option("script_location", "contacts:record/migrations")
    return settings


@contextmanager
def _migrating(engine: Engine) -> Iterator[Connection]:
    """A writing transaction in which SQLite lets a table be made anew that others point at.

    It changes a table by dropping it, which would be to delete what is pointed at. So it does not
    look while the migrations run; that everything points at something again is checked at the end.
    """
    if engine.dialect.name != "sqlite":
        with writing(engine) as connection:
            yield connection
        return
    with translated_errors(engine), engine.connect() as connection:
        raw: Any = connection.connection.driver_connection
        raw.execute("PRAGMA foreign_keys = OFF")  # which nothing changes within a transaction
        try:
            with connection.begin():
                yield connection
                if lost := connection.exec_driver_sql("PRAGMA foreign_key_check").all():
                    raise RecordError(
                        f"{_place(engine)}: {lost[0][0]} points at {lost[0][2]} that are not "
                        "there, so it cannot be brought up to date; restore a backup"
                    )
        finally:
            raw.execute("PRAGMA foreign_keys = ON")


def _upgrade(connection: Connection) -> None:
    from alembic import command

    settings = config()
    settings.attributes["connection"] = connection
    command.upgrade(settings, "head")


def _refuse_foreign(connection: Connection, found: str | None) -> None:
    place = _place(connection.engine)
    if found is None:
        tables = [name for name in inspect(connection).get_table_names() if name != _VERSION_TABLE]
        if tables:
            raise RecordError(
                f"{place}: holds tables of another program ('{tables[0]}'); "
                "name an empty database in database_url."
            )
    elif found not in known_versions():
        raise RecordError(
            f"{place}: schema is at {found}, which this program does not know (it knows up to "
            f"{known_versions()[-1]}); use the Touchline that made it, or name another database."
        )


def _place(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=True)
