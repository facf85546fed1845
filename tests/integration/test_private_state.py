"""What Touchline keeps for itself is open to its owner alone."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from contacts.settings import Settings, load_settings
from flows.demo.folder import prepare
from flows.running.one_send import one_send
from flows.workspace import record_of
from tests.cast import NOW

pytestmark = pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def make_a_record(settings: Settings) -> None:
    record_of(settings).dispose()


def make_a_key(settings: Settings) -> None:
    assert settings.model_copy(update={"secret_key": None}).signing_key


def send_once(settings: Settings) -> None:
    with one_send(settings) as ours:
        assert ours


@pytest.mark.parametrize("begin", [make_a_record, make_a_key, send_once])
def test_whatever_begins_makes_the_folder_for_its_owner_alone(
    workspace: Path, begin: Callable[[Settings], None]
) -> None:
    settings = load_settings(workspace)
    begin(settings)
    assert mode(settings.state) == 0o700


def test_a_folder_of_ours_that_others_may_enter_is_closed(workspace: Path) -> None:
    settings = load_settings(workspace)
    settings.state.mkdir(mode=0o755)
    settings.state.chmod(0o2755)
    make_a_record(settings)
    assert mode(settings.state) == 0o700


def test_a_demos_record_is_its_owners_alone(tmp_path: Path) -> None:
    settings, _ = prepare(tmp_path / "demo", today=NOW.date())
    assert mode(settings.state) == 0o700


@pytest.mark.skipif(os.name == "posix" and os.geteuid() != 0, reason="only root may give away")
def test_a_folder_of_somebody_else_is_left_as_it_is(workspace: Path) -> None:
    settings = load_settings(workspace)
    settings.state.mkdir()
    settings.state.chmod(0o755)
    os.chown(settings.state, 12345, 12345)
    settings.make_state()
    assert mode(settings.state) == 0o755
