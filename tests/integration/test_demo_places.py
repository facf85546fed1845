"""How the demo names its folder and the command: as they can be typed where the reader stands."""

import sys
from pathlib import Path

import pytest

from flows.demo.places import shown, touchline, typed
from flows.demo.show import what_next


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A console script in a virtual environment below the current folder, not on the PATH."""
    path = tmp_path / ".venv" / "bin" / "touchline"
    path.parent.mkdir(parents=True)
    path.write_text("#!/bin/sh\n", encoding="ascii")
    path.chmod(0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PWD", str(tmp_path))
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    monkeypatch.setattr(sys, "argv", [".venv/bin/touchline", "demo"])
    return path


def test_a_folder_below_is_named_from_here(script: Path) -> None:
    assert shown(Path("demo")) == "demo"
    assert shown(script.parents[2] / "demo") == "demo"


@pytest.mark.parametrize("dots", [".", "..", "demo/.."])
def test_no_folder_is_named_by_dots(script: Path, dots: str) -> None:
    whole = Path(dots).resolve()
    assert shown(Path(dots)) == str(whole)


def test_a_path_with_spaces_can_be_typed(script: Path) -> None:
    assert typed(Path("my demo")) == "'my demo'"


def test_the_command_is_the_one_that_ran(script: Path) -> None:
    assert touchline() == ".venv/bin/touchline"


def test_a_command_on_the_path_needs_no_folder(
    script: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(script.parent))
    assert touchline() == "touchline"


def test_another_touchline_on_the_path_is_not_ours(
    script: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    other = tmp_path / "other" / "touchline"
    other.parent.mkdir()
    other.write_text("#!/bin/sh\n", encoding="ascii")
    other.chmod(0o755)
    monkeypatch.setenv("PATH", str(other.parent))
    assert touchline() == ".venv/bin/touchline"


def test_where_make_went_elsewhere_everything_is_named_whole(
    script: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """`make -C checkout demo` leaves its reader in another folder."""
    reader = tmp_path / "reader"
    reader.mkdir()
    monkeypatch.setenv("PWD", str(reader))
    said = what_next(Path("demo"))
    assert f"{script} -w {tmp_path / 'demo'} up " in said
    assert f"{script} demo {tmp_path / 'demo'} " in said


def test_without_a_script_the_one_beside_python_is_named(
    script: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["-c"])
    monkeypatch.setattr(sys, "executable", str(script.with_name("python")))
    assert touchline() == ".venv/bin/touchline"
