"""`touchline init` as a person runs it."""

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.console import Console, Ended

Init = Callable[..., Ended]


@pytest.fixture
def init(console: Console, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Init:
    """Runs `touchline init` in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return lambda *words: console("init", *words)


def test_it_makes_a_workspace_and_says_what_to_try_next(tmp_path: Path, init: Init) -> None:
    done = init("tea shop")

    assert (done.code, done.err) == (0, "")
    assert "touchline -w 'tea shop' check" in done.out
    made = {path.name for path in (tmp_path / "tea shop").iterdir()}
    assert made >= {"touchline.toml", "cadences", "templates", "data", ".gitignore", ".env.example"}
    assert not (tmp_path / "tea shop" / "data" / "anchor.txt").exists()


def test_what_follows_by_itself_is_not_told_as_work(init: Init) -> None:
    """As `make up` asks for it, which starts everything a moment later."""
    [line] = init("--quiet", "shop").out.splitlines()
    assert re.fullmatch(r"shop: made \d+ files\.", line)


def test_a_second_time_it_refuses_and_changes_nothing(tmp_path: Path, init: Init) -> None:
    init("shop")
    settings = tmp_path / "shop" / "touchline.toml"
    settings.write_text("mine", encoding="utf-8")

    done = init("shop")

    assert done.code == 2
    assert done.err.splitlines() == [
        "shop: is not empty, and nothing in it was changed. Name a new folder."
    ]
    assert settings.read_text(encoding="utf-8") == "mine"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_place_that_may_not_be_written_is_one_plain_line(tmp_path: Path, init: Init) -> None:
    tmp_path.chmod(0o500)

    done = init("shop")

    assert done.code == 3
    assert done.err.splitlines() == ["shop: permission denied"]


def test_a_place_below_a_file_is_one_plain_line(tmp_path: Path, init: Init) -> None:
    (tmp_path / "taken").write_text("mine", encoding="utf-8")

    done = init("taken/shop")

    assert done.code == 3
    assert len(done.err.splitlines()) == 1
    assert "taken" in done.err
