"""What most commands and flows begin with: the workspace's settings and its record, checked."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from contacts.record.errors import RecordError
from contacts.settings_file.errors import SettingsError

if TYPE_CHECKING:  # every command imports this module, and few words of help need a database
    import typer
    from sqlalchemy import Connection, Engine
    from sqlalchemy.exc import DatabaseError

    from contacts.cadences.facts import Facts
    from contacts.record.book.owner_book import LeftBehind
    from contacts.record.customers.regions_named import NamedRegion
    from contacts.settings import Settings
    from contacts.workspace.gone import Gone


def settings_of(context: "typer.Context") -> "Settings":
    """The settings of the workspace that the command line names."""
    from contacts.settings import load_settings

    workspace: Path = context.obj
    settings = load_settings(workspace)
    _warn_of_strays(type(settings))
    return settings


def _warn_of_strays(model: "type[Settings]") -> None:
    """A misspelt variable is no fault, for another program's may begin alike."""
    import typer

    from contacts.settings_file.strays import stray_variables

    for sentence in stray_variables(model, os.environ):
        typer.echo(f"warning: {sentence}", err=True)


def record_of(settings: "Settings") -> "Engine":
    """The workspace's record, at the right version and under the right secret key.

    The embedded SQLite record is made and migrated on the way; a database server's schema changes
    only by `touchline migrate`.
    """
    from contacts.record.consent.secret_key import refuse_other_key
    from contacts.record.engine import open_record
    from contacts.record.migrate import check_schema, migrate

    engine = open_record(settings.url)
    if engine.dialect.name == "sqlite":
        settings.make_state()
        migrate(engine)
    else:
        _close_folder(settings)
        check_schema(engine)
    refuse_other_key(engine, settings, now=datetime.now(UTC))
    return engine


def _close_folder(settings: "Settings") -> None:
    """Keys and logs are in it beside a server's record too; a read-only workspace may have none."""
    with suppress(OSError):
        settings.make_state()


def missing_record(settings: "Settings") -> Path | None:
    """The file of a record in SQLite that is not there; `record_of` would make an empty one."""
    from sqlalchemy.engine import make_url

    url = make_url(settings.url)
    if url.get_backend_name() != "sqlite" or not url.database:
        return None
    file = Path(url.database)
    return None if file.exists() else file


def customers_abroad(settings: "Settings", now: datetime) -> "list[Facts]":
    """Whose country has rules of its own for SMS; nobody where there is no record yet.

    Makes and changes nothing; RecordError where the record cannot be read.
    """
    from contacts.workspace.abroad import customers_abroad as found

    with _record_as_it_is(settings) as connection:
        return [] if connection is None else found(connection, settings, now)


def left_behind(settings: "Settings") -> "list[LeftBehind]":
    """Whose customers no owner of the settings has; as `customers_abroad`."""
    from contacts.record.book.owner_book import left_behind as found

    with _record_as_it_is(settings) as connection:
        return [] if connection is None else found(connection, settings)


def gone_cadences(settings: "Settings") -> "list[Gone]":
    """Cadences without a file that customers are still on; as `customers_abroad`."""
    from contacts.workspace.gone import gone_cadences as found

    with _record_as_it_is(settings) as connection:
        return [] if connection is None else found(connection, settings)


def strange_regions(settings: "Settings") -> "list[tuple[NamedRegion, str]]":
    """Regions of customers of which no holidays are known, and why; as `customers_abroad`."""
    from contacts.cadences.house import strange_region
    from contacts.record.customers.regions_named import regions_named

    with _record_as_it_is(settings) as connection:
        named = [] if connection is None else regions_named(connection)
    judged = ((one, strange_region(one.country, one.region)) for one in named)
    return [(one, problem) for one, problem in judged if problem is not None]


@contextmanager
def _record_as_it_is(settings: "Settings") -> "Iterator[Connection | None]":
    """The record to read in; None where there is none yet."""
    from contacts.record.engine import open_record, reading
    from contacts.record.migrate import check_schema

    if missing_record(settings):
        yield None
        return
    engine = open_record(settings.url)
    try:
        check_schema(engine)
        with reading(engine) as connection:
            yield connection
    finally:
        engine.dispose()


@contextmanager
def record_for(settings: "Settings") -> "Iterator[Engine]":
    """`record_of`, closed at the end of a command."""
    engine = record_of(settings)
    try:
        yield engine
    finally:
        engine.dispose()


def settings_of_run() -> "Settings":
    """The settings of the workspace that a flow run's environment names.

    What the run logs from here on, Prefect keeps: so it is masked.
    """
    from contacts.masked_log import mask_loggers
    from contacts.settings import load_settings

    mask_loggers("prefect.flow_runs")
    workspace = os.environ.get("TOUCHLINE_WORKSPACE")
    if not workspace:
        raise SettingsError(
            "TOUCHLINE_WORKSPACE is not set; serve the flows with 'touchline up' or "
            "'python -m flows --workspace DIR', or set it in the work pool's job variables."
        )
    return load_settings(Path(workspace))


@contextmanager
def opened_record(settings: "Settings") -> "Iterator[Engine]":
    """As `record_of`, for one run; a run never changes the schema."""
    from contacts.record.consent.secret_key import refuse_other_key
    from contacts.record.engine import open_record
    from contacts.record.migrate import check_schema

    engine = open_record(settings.url)
    _close_folder(settings)
    try:
        with without_people():
            check_schema(engine)
            refuse_other_key(engine, settings, now=datetime.now(UTC))
            yield engine
    finally:
        engine.dispose()


@contextmanager
def without_people() -> Iterator[None]:
    """Let no error leave a run with the values it stumbled over, for Prefect keeps every traceback.

    A database names them in the detail of its error: `Key (email)=(…) already exists`.
    """
    from sqlalchemy.exc import DatabaseError

    try:
        yield
    except RecordError as error:
        raise error from None  # its cause has the values
    except DatabaseError as error:
        # The place in our code is worth keeping; a traceback holds lines of code and no values.
        raise RecordError(_safely(error)).with_traceback(error.__traceback__) from None


def _safely(error: "DatabaseError") -> str:
    """The error's class, and as much of the database's word as cannot hold a value."""
    state = getattr(error.orig, "sqlstate", None)
    if state is not None:
        constraint = getattr(getattr(error.orig, "diag", None), "constraint_name", None)
        return f"{type(error).__name__}: SQLSTATE {state}{f', {constraint}' if constraint else ''}"
    said = str(error.orig).splitlines()[:1]  # SQLite's names columns, never what is in them
    return ": ".join([type(error).__name__, *said])
