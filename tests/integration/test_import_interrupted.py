"""Imports that the world interrupts: killed, locked out, out of room."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select, text

from contacts.record.engine import RecordError, open_record, reading, writing
from contacts.record.imports import import_customers
from contacts.record.imports.run import CHUNK
from contacts.record.tables import Consent, Customer
from contacts.settings import Settings
from tests.cast import NOW

ROWS = CHUNK * 2 + 10
KILLED_AFTER_A_CHUNK = """
import os, signal, sys
from pathlib import Path
from contacts.record.engine import open_record
from contacts.record.imports import import_customers
from contacts.settings import load_settings
from tests.cast import NOW

url, file, workspace, strict = sys.argv[1:]
import_customers(
    open_record(url), Path(file), settings=load_settings(Path(workspace)), now=NOW,
    strict=strict == "strict", progress=lambda read, total: os.kill(os.getpid(), signal.SIGKILL),
)
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "customers.csv"
    lines = [f"c{number}@example.com,yes,form,2026-10-01" for number in range(ROWS)]
    path.write_text("\n".join(["email,consent_email,consent_source,consent_at", *lines]))
    return path


def test_a_killed_import_leaves_whole_chunks_and_can_be_repeated(
    engine: Engine, settings: Settings, file: Path
) -> None:
    killed_and_repeated(engine, settings, file, "loose", left=CHUNK)


def test_a_killed_strict_import_leaves_nothing_and_can_be_repeated(
    sqlite_engine: Engine, settings: Settings, file: Path
) -> None:
    """One transaction or none is either database's own promise: one of them is enough."""
    killed_and_repeated(sqlite_engine, settings, file, "strict", left=0)


def killed_and_repeated(
    engine: Engine, settings: Settings, file: Path, mode: str, *, left: int
) -> None:
    url = engine.url.render_as_string(hide_password=False)
    arguments = [url, str(file), str(settings.workspace), mode]
    killed = subprocess.run([sys.executable, "-c", KILLED_AFTER_A_CHUNK, *arguments], check=False)
    assert killed.returncode == -9
    assert _counts(engine) == (left, left)
    report = import_customers(engine, file, settings=settings, now=NOW)
    assert (report.created, report.unchanged) == (ROWS - left, left)
    assert _counts(engine) == (ROWS, ROWS)


@pytest.fixture
def impatient(sqlite_engine: Engine) -> Iterator[Engine]:
    """The same record, giving up on a lock at once."""
    engine = open_record(str(sqlite_engine.url), busy_seconds=0.05)
    yield engine
    engine.dispose()


def test_a_locked_record_is_one_clear_error(
    sqlite_engine: Engine, impatient: Engine, settings: Settings, file: Path
) -> None:
    with writing(sqlite_engine), pytest.raises(RecordError, match="locked"):
        import_customers(impatient, file, settings=settings, now=NOW)
    assert _counts(sqlite_engine) == (0, 0)


def test_a_full_disk_is_one_clear_error(
    sqlite_engine: Engine, settings: Settings, file: Path
) -> None:
    with writing(sqlite_engine) as connection:  # the pool keeps this connection, and so its limit
        connection.execute(text("PRAGMA max_page_count = 120"))
    with pytest.raises(RecordError, match="full"):
        import_customers(sqlite_engine, file, settings=settings, now=NOW, strict=True)
    assert _counts(sqlite_engine) == (0, 0)


def test_a_read_only_record_is_one_clear_error(
    sqlite_engine: Engine, settings: Settings, file: Path
) -> None:
    read_only = open_record(f"sqlite:///file:{sqlite_engine.url.database}?mode=ro&uri=true")
    with pytest.raises(RecordError, match="read-only"):
        import_customers(read_only, file, settings=settings, now=NOW)
    read_only.dispose()


def test_a_lost_postgresql_server_is_one_clear_error(
    postgresql_engine: Engine, settings: Settings, file: Path
) -> None:
    postgresql_engine.dispose()
    gone = open_record(postgresql_engine.url.set(database="gone").render_as_string(False))
    with pytest.raises(RecordError, match="gone") as lost:
        import_customers(gone, file, settings=settings, now=NOW)
    assert "\n" not in str(lost.value)


def _counts(engine: Engine) -> tuple[int, int]:
    with reading(engine) as connection:
        customers = connection.execute(select(func.count()).select_from(Customer)).scalar_one()
        consents = connection.execute(select(func.count()).select_from(Consent)).scalar_one()
    return customers, consents
