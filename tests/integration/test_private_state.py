"""What Touchline keeps for itself is open to its owner alone."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import SecretStr

from contacts.channels.rehearsal import signing_keys, standin_folder
from contacts.record.errors import RecordError
from contacts.settings import Settings, load_settings
from contacts.workspace.plannable import plannable
from contacts.workspace.sound_messages import KEPT_IN
from flows.demo.folder import prepare
from flows.running.children import start, stop
from flows.running.one_send import one_send
from flows.workspace import record_of
from tests.cast import NOW
from tests.free_ports import free_port

STARTER = Path(__file__).parents[2] / "templates" / "starter"

pytestmark = pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def make_a_record(settings: Settings) -> None:
    record_of(settings).dispose()


def make_a_servers_record(settings: Settings) -> None:
    """It fails, for nothing listens there; cron begins so all the same."""
    url = f"postgresql://nobody@127.0.0.1:{free_port()}/nothing"
    with pytest.raises(RecordError):
        record_of(settings.model_copy(update={"database_url": SecretStr(url)}))


def make_a_key(settings: Settings) -> None:
    assert settings.model_copy(update={"secret_key": None}).signing_key


def send_once(settings: Settings) -> None:
    with one_send(settings) as ours:
        assert ours


def look_at_the_cadences(settings: Settings) -> None:
    (settings.workspace / "cadences").mkdir()
    shutil.copy(STARTER / "cadences" / "closing.yaml", settings.workspace / "cadences")
    assert plannable(settings).cadences
    assert (settings.state / KEPT_IN).exists()


def make_the_standins_keys(settings: Settings) -> None:
    folder = standin_folder(settings.state)
    signing_keys(folder)
    assert mode(folder) == 0o700


def start_a_program(settings: Settings) -> None:
    log = settings.state / "logs" / "program.log"
    stop(start("program", ["this"], log=log, extra={}), grace=10)
    assert mode(log.parent) == 0o700


@pytest.mark.parametrize(
    "begin",
    [
        make_a_record,
        make_a_servers_record,
        make_a_key,
        send_once,
        look_at_the_cadences,
        make_the_standins_keys,
        start_a_program,
    ],
)
def test_whatever_begins_makes_the_folder_for_its_owner_alone(
    workspace: Path, begin: Callable[[Settings], None]
) -> None:
    settings = load_settings(workspace)
    begin(settings)
    assert mode(settings.state) == 0o700


@pytest.mark.parametrize("begin", [make_a_record, make_a_servers_record, send_once])
def test_a_folder_of_ours_that_others_may_enter_is_closed(
    workspace: Path, begin: Callable[[Settings], None]
) -> None:
    settings = load_settings(workspace)
    settings.state.mkdir(mode=0o755)
    settings.state.chmod(0o2755)
    begin(settings)
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
