"""What the tests of whole programs share."""

import asyncio
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from contacts.settings import Settings
from flows.command_line import main
from tests.console import Console, Ended, Touchline
from tests.noon import noon_workspace
from tests.prefect_database import QUICK_START, migrated_once
from tests.stage import Stage, staged
from tests.workers import Forks, running_forks


@pytest.fixture
def console(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Console:
    """Runs the console script's own entry, in this process: a new one loads for long."""

    def run(*words: str) -> Ended:
        monkeypatch.setattr(sys, "argv", ["touchline", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return Ended(int(ended.value.code or 0), said.out, said.err)

    return run


@pytest.fixture
def business(tmp_path: Path, give_record: Callable[[Path], None]) -> Settings:
    """One customer who is due an e-mail and an SMS at once."""
    settings = noon_workspace(tmp_path / "business", {"hello": "email", "quiet": "sms"})
    give_record(settings.workspace)
    return settings


@pytest.fixture
def touchline(business: Settings, console: Console) -> Touchline:
    """`console` for the business, on a thread, so that the stand-in goes on beside it."""
    folder = str(business.workspace)
    return lambda *words: asyncio.to_thread(console, "--workspace", folder, *words)


@pytest.fixture(scope="session")
def migrated_prefect(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Prefect's own database, empty and migrated, to be copied."""
    cache = getattr(pytestconfig, "cache", None)  # pytest may have been told to keep none
    kept = cache.mkdir("prefect") if cache else tmp_path_factory.getbasetemp()
    return migrated_once(kept)


@pytest.fixture
def prefect_elsewhere(
    tmp_path: Path,
    migrated_prefect: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Path:
    """Prefect's database, where an operator wants it; the demo empties the place of its own."""
    path = tmp_path / "prefect.db"
    shutil.copyfile(migrated_prefect, path)
    monkeypatch.setenv("PREFECT_SERVER_DATABASE_CONNECTION_URL", f"sqlite+aiosqlite:///{path}")
    for name, value in QUICK_START.items():
        monkeypatch.setenv(name, value)
    return path


@pytest.fixture(scope="session")
def forks() -> Iterator[Forks]:
    """The parent of all worker processes of this test process."""
    with running_forks() as forks:
        yield forks


@pytest.fixture(params=["email", pytest.param("sms", marks=pytest.mark.long)])
def channel(request: pytest.FixtureRequest) -> str:
    """By which channel Ada's touch goes."""
    return str(request.param)


@pytest.fixture(params=["hold", pytest.param("resend", marks=pytest.mark.long)])
def on_unknown(request: pytest.FixtureRequest) -> str:
    """What Ada's cadence wants done where nobody can know whether a message arrived."""
    return str(request.param)


@pytest.fixture
def stage(
    forks: Forks, engine: Engine, workspace: Path, channel: str, on_unknown: str
) -> Iterator[Stage]:
    """Ada is due one message; the providers run; every worker is a process."""
    with staged(forks, engine, workspace, channel=channel, on_unknown=on_unknown) as stage:
        yield stage
