"""`touchline init` as a person runs it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = "from flows.command_line import main; main()"


def _init(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, "init", *map(str, arguments)],
        cwd=cwd, capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip


def test_it_makes_a_workspace_and_says_what_to_try_next(tmp_path: Path) -> None:
    done = _init("tea shop", cwd=tmp_path)

    assert (done.returncode, done.stderr) == (0, "")
    assert "touchline -w 'tea shop' check" in done.stdout
    made = {path.name for path in (tmp_path / "tea shop").iterdir()}
    assert made >= {"touchline.toml", "cadences", "templates", "data", ".gitignore", ".env.example"}
    assert not (tmp_path / "tea shop" / "data" / "anchor.txt").exists()


def test_a_second_time_it_refuses_and_changes_nothing(tmp_path: Path) -> None:
    _init("shop", cwd=tmp_path)
    settings = tmp_path / "shop" / "touchline.toml"
    settings.write_text("mine", encoding="utf-8")

    done = _init("shop", cwd=tmp_path)

    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        "shop: is not empty, and nothing in it was changed. Name a new folder."
    ]
    assert settings.read_text(encoding="utf-8") == "mine"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_place_that_may_not_be_written_is_one_plain_line(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)

    done = _init("shop", cwd=tmp_path)

    assert done.returncode == 3
    assert done.stderr.splitlines() == ["shop: permission denied"]


def test_a_place_below_a_file_is_one_plain_line(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("mine", encoding="utf-8")

    done = _init(Path("taken") / "shop", cwd=tmp_path)

    assert done.returncode == 3
    assert len(done.stderr.splitlines()) == 1
    assert "taken" in done.stderr
