"""Where a setting comes from: a variable of the environment, `.env`, or `touchline.toml`."""

import os
import re
from dataclasses import dataclass, field
from pathlib import Path

from contacts.settings_file.places import Loc, Places, Position, last_name, toml_places

PREFIX = "TOUCHLINE_"
_START = Position(1, 1)
_ASSIGNMENT = re.compile(r"\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=")


@dataclass(frozen=True, slots=True)
class Source:
    """One place where a value was given, and what it is called there."""

    name: str
    path: Path | None = None
    key: Position = _START
    value: Position = _START

    @property
    def is_variable(self) -> bool:
        return self.name.upper().startswith(PREFIX)


@dataclass(frozen=True, slots=True)
class Sources:
    """Everything that gives settings to one workspace."""

    toml: Path
    env: Path
    places: Places
    in_env: dict[str, tuple[str, Position]] = field(default_factory=dict)
    """Variables of `.env` by their name in capitals: the name as written, and its place."""

    def of(self, loc: Loc) -> Source | None:
        """Where the value at `loc` is from; None where nobody gave one."""
        return self._variable(loc) or self.in_file(loc) or self._stray(loc)

    def _variable(self, loc: Loc) -> Source | None:
        names = [variable(loc[:length]) for length in range(len(loc), 0, -1)]
        written = {name.upper(): name for name in os.environ}
        for name in names:
            if name in written:
                return Source(written[name])
        for name in names:
            if name in self.in_env:
                return self._env_line(name)
        parts = [name for name in written if name.startswith(f"{names[0]}__")] if names else []
        return Source(written[parts[0]]) if parts else None

    def in_file(self, loc: Loc) -> Source | None:
        """Its place in `touchline.toml`, whatever else gives the value."""
        key, value = self.places.of_key(loc), self.places.of_value(loc)
        if key is None or value is None:
            return None
        return Source(last_name(loc), self.toml, key, value)

    def _stray(self, loc: Loc) -> Source | None:
        """A variable of `.env` that is no setting; pydantic names it in small letters."""
        name = str(loc[0]).upper() if loc else ""
        return self._env_line(name) if name in self.in_env else None

    def _env_line(self, name: str) -> Source:
        written, at = self.in_env[name]
        return Source(written, self.env, at, at)


def read_sources(toml: Path, text: str) -> Sources:
    """The sources of the workspace whose `touchline.toml` has this text."""
    env = toml.with_name(".env")
    lines = env.read_text(encoding="utf-8", errors="replace") if env.is_file() else ""
    in_env = {
        found[1].upper(): (found[1], Position(number, found.start(1) + 1))
        for number, line in enumerate(lines.splitlines(), start=1)
        if (found := _ASSIGNMENT.match(line))
    }
    return Sources(toml, env, toml_places(text), in_env)


def variable(loc: Loc) -> str:
    """The variable that sets the value at `loc`."""
    return PREFIX + "__".join(str(part) for part in loc).upper()
