"""The project keeps its own promises: directions of imports, a README that names everything."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from contacts.settings import Settings
from flows.command_line import COMMANDS, app

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_rooms_import_downwards_only() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    run = subprocess.run([linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout


@pytest.mark.parametrize("name", [name for name in Settings.model_fields if name != "workspace"])
def test_the_readme_names_every_setting(name: str) -> None:
    assert f"`{name}`" in README


def test_the_readme_has_the_commands_in_the_order_of_the_help() -> None:
    rows = re.findall(r"^\| `touchline ([a-z]+)", README, flags=re.MULTILINE)
    assert rows == list(COMMANDS)


@pytest.mark.parametrize("path", ["README.md", "templates/starter/README.md"])
def test_what_a_readme_types_can_be_typed(path: str) -> None:
    text = (ROOT / path).read_text(encoding="utf-8")
    typed = re.findall(r"^\$ touchline (.*?)(?: +#.*)?$", text, flags=re.MULTILINE)
    assert typed
    for words in typed:
        parsed = CliRunner().invoke(app, [*words.split(), "--help"])
        assert parsed.exit_code == 0, words


@pytest.mark.parametrize("name", COMMANDS)
def test_the_readme_names_every_command(name: str) -> None:
    assert f"`touchline {name}" in README


def test_every_link_of_the_documents_leads_somewhere() -> None:
    for document in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")]:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", document.read_text(encoding="utf-8")):
            assert (document.parent / target).exists(), f"{document.name} names {target}"


def test_lock_files_name_no_registry() -> None:
    for lock in ROOT.glob("requirements*.txt"):
        assert "://" not in lock.read_text(encoding="utf-8"), lock.name
