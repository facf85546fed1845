"""Lines of `.env` that set nothing, told at their place and without their words.

Read by the parser that pydantic-settings reads the file with: it only warns of such a line, and a
credential that somebody wrote there would be missing in silence.
"""

from collections.abc import Iterator
from io import StringIO
from pathlib import Path

from dotenv.parser import Binding, parse_stream

from contacts.settings_file.errors import SettingFault


def env_faults(env: Path) -> Iterator[SettingFault]:
    """A fault for each statement that is no NAME=value; its words may be a secret."""
    if not env.is_file():
        return
    # What is not UTF-8 is told when the settings are read.
    text = env.read_text(encoding="utf-8", errors="replace")
    for statement in parse_stream(StringIO(text)):
        if statement.error or (statement.key is not None and statement.value is None):
            yield _fault(env, statement)


def _fault(env: Path, statement: Binding) -> SettingFault:
    said = statement.original.string
    body = said.lstrip()
    before = said[: len(said) - len(body)]  # the empty lines above it count as its own
    line = statement.original.line + before.count("\n")
    column = len(before) - before.rfind("\n")
    name, equals, value = body.partition("=")
    if not equals or " " in name.removeprefix("export ").strip():
        return SettingFault("this line sets nothing; write NAME=value", env, line, column)
    mark = value.lstrip()[:1]
    problem = (
        f"the {mark} opened in this line is not closed, or something is left over after it"
        if mark in ("'", '"')
        else "this line sets nothing"
    )
    return SettingFault(f"{problem}; write NAME=value", env, line, column)
