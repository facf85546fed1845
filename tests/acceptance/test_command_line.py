"""The frame of the command line: its help, its version, the workspace, and wrong use."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from contacts.settings import Settings
from flows.command_line import COMMANDS, app
from tests.console import Console

HEAVY = ("prefect", "sqlalchemy", "jinja2", "sendgrid", "twilio", "aiohttp")
LOADED = f"""
import json, sys
from flows.command_line import app
for words in json.loads(sys.argv[1]):
    try:
        app(words)
    except SystemExit:
        pass
    print(json.dumps([words, [name for name in {HEAVY} if name in sys.modules]]))
"""


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal of 80 columns."""
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERMINAL_WIDTH", "80")


def said(*words: str) -> str:
    result = CliRunner().invoke(app, list(words))
    assert result.exit_code == 0, result.output
    return result.output


@pytest.mark.usefixtures("narrow")
@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_has_each_command_in_one_uncut_line(name: str) -> None:
    summary = COMMANDS[name]
    assert len(summary) < 60
    lines = said("--help").splitlines()
    assert [line for line in lines if line.split()[:1] == [name]] == [f"  {name:<10}{summary}"]
    assert max(map(len, lines)) <= 80


@pytest.mark.usefixtures("narrow")
@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_a_command_fits_and_names_the_workspace(name: str) -> None:
    text = said(name, "--help")
    assert text.startswith(f"Usage: touchline {name} ")
    assert "..." not in text.replace("[ARGS]...", "")
    assert ("--workspace" in text) == (name != "init")


def test_the_help_of_up_names_each_port_with_its_setting() -> None:
    text = said("up", "--help")
    for name in ("prefect_port", "web_port", "standin_port"):
        assert name in text
        assert str(Settings.model_fields[name].default) in text


def test_help_loads_nothing_heavy() -> None:
    """All in one process: it names the first that loads anything, and starts once."""
    helps = [["--help"], ["--version"], *([one, "--help"] for one in COMMANDS)]
    run = subprocess.run(
        [sys.executable, "-c", LOADED, json.dumps(helps)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    told = [json.loads(line) for line in run.stdout.splitlines() if line.startswith("[[")]
    assert told == [[words, []] for words in helps]


def test_the_version_is_that_of_the_distribution() -> None:
    assert said("--version") == "touchline 0.1.0\n"


def test_a_variable_that_is_no_setting_is_told_on_stderr_and_fails_nothing(
    workspace: Path, monkeypatch: pytest.MonkeyPatch, console: Console
) -> None:
    monkeypatch.setenv("TOUCHLINE_WEB_PROT", "8001")
    ended = console("-w", str(workspace), "review", "--json")
    assert (ended.code, json.loads(ended.out)) == (0, {"held": [], "answers": []})
    assert ended.err == (
        "warning: the variable 'TOUCHLINE_WEB_PROT' is no setting and changes nothing; "
        "did you mean 'TOUCHLINE_WEB_PORT'?\n"
    )


def test_no_command_at_all_is_answered_with_the_help() -> None:
    assert said() == said("--help")


def test_the_workspace_may_stand_before_the_command_or_after_it(
    workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    here = str(workspace)
    for words in (["-w", here, "review"], ["review", "-w", here], ["review", "--workspace", here]):
        assert said(*words) == "No message and no answer waits for a person's word.\n"
    assert (
        said("-w", "nowhere", "review", "-w", here)
        == "No message and no answer waits for a person's word.\n"
    )


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["stal"], "touchline: there is no command 'stal'; did you mean 'stale'?"),
        (["stale", "--bogus"], "touchline stale: no such option: --bogus"),
        (["timeline"], "touchline timeline: missing argument 'CUSTOMER'."),
        (["privacy"], "touchline privacy: say one of export, erase, prune."),
        (["log", "1", "kiss", "x"], "touchline log: invalid value for 'WHAT': "
         "'kiss' is not one of 'call', 'visit', 'letter', 'note', 'benefit'."),
        (["log", "1", "call", "--result", "rached"], "touchline log: invalid value for "
         "'--result': 'rached' is not one of 'reached', 'left_message', 'no_answer', "
         "'asked_to_call_back', 'wants_quote', 'has_problem', 'not_interested', 'moved_on', "
         "'wrong_address'."),
        (["stale", "--limit", "x"], "touchline stale: invalid value for '--limit': "
         "write a whole number"),
        (["stale", "--limit", "0"], "touchline stale: invalid value for '--limit': "
         "write 1 or more"),
        (["up", "--workers", "99"], "touchline up: invalid value for '--workers': "
         "write 32 or less"),
    ],
)  # fmt: skip
def test_wrong_use_is_said_in_two_lines(words: list[str], told: str, console: Console) -> None:
    ended = console(*words)
    assert ended.code == 2
    error = ended.err.splitlines()
    assert error[0] == told
    assert error[1].startswith("Usage: touchline ")
    assert len(error) == 2


@pytest.mark.parametrize(
    "words", [("-w", "mine", "demo"), ("demo", "-w", "mine"), ("demo", "mine", "-w", "mine")]
)
def test_the_demo_lives_in_the_folder_that_w_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, console: Console, words: tuple[str, ...]
) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letters.txt").write_text("Dear Ada", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    ended = console(*words)
    assert "mine: is not empty and no workspace." in ended.err
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_a_demo_in_the_place_of_a_file_is_refused(tmp_path: Path, console: Console) -> None:
    (tmp_path / "mine").write_text("Dear Ada", encoding="utf-8")
    ended = console("demo", str(tmp_path / "mine"))
    assert (ended.code, "mine: is a file." in ended.err) == (2, True)


def test_a_path_to_check_is_taken_from_the_current_folder(
    workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, console: Console
) -> None:
    monkeypatch.chdir(tmp_path)
    ended = console("-w", str(workspace), "check", "cadences/mine.yaml")
    assert ended.err == f"cadences/mine.yaml: there is no such file or folder in {tmp_path}.\n"


def test_a_demo_of_two_folders_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, console: Console
) -> None:
    monkeypatch.chdir(tmp_path)
    ended = console("-w", "mine", "demo", "yours")
    assert ended.code == 2
    assert "-w names mine and DIR yours; name the demo's folder once" in ended.err
    assert list(tmp_path.iterdir()) == []
