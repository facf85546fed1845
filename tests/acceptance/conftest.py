"""What the tests of whole programs share."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.prefect_database import migrated_once
from tests.stage import Stage, staged
from tests.workers import Forks, running_forks


@pytest.fixture(scope="session")
def migrated_prefect(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Prefect's own database, empty and migrated, to be copied."""
    return migrated_once(tmp_path_factory)


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
