"""The stage of the fault tests says what became of its own processes."""

from pathlib import Path

import pytest
from sqlalchemy import Engine

from contacts.settings import Settings
from tests.stage import Stage, web_app
from tests.workers import Forks


def test_a_web_app_that_ends_at_its_start_fails_with_its_exit_code(
    forks: Forks, sqlite_engine: Engine, settings: Settings
) -> None:
    toml: Path = settings.workspace / "touchline.toml"
    toml.write_text("web_port = 'none'\n", encoding="utf-8")
    stage = Stage(sqlite_engine, settings, forks)
    with pytest.raises(AssertionError, match="it ended with 1 before"), web_app(stage):
        pass
