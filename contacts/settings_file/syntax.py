"""Says in plain words, and at its place, why a text is no TOML."""

import re
import tomllib
from pathlib import Path
from typing import Any

from contacts.settings_file.errors import SettingFault, SettingsError
from contacts.settings_file.places import Position, open_bracket, toml_places

_PROBLEMS = (
    ("Expected '=' after a key", "a '=' is missing after the name of the setting"),
    ("Illegal character '\\\\n'", "the quote opened in this line is not closed"),
    ("Illegal character '\\\\r'", "the quote opened in this line is not closed"),
    ("Unterminated string|Expected .*'''", "a quote is never closed"),
    ("Unescaped '|hex value|Escaped character", "a backslash has a meaning in double "
     "quotes; use single ones"),
    ("Illegal character|invalid character", "an invisible character; type the line anew"),
    ("Invalid value", "not a value; put a text in quotes, and write true and false in small "
     "letters"),
    ("Expected newline or end of document", "something is left over after the value; put the whole "
     "text in one pair of quotes"),
    ("Expected '\\]", "the line's closing bracket is missing"),
    ("Unclosed array", "a ',' or the closing ] is missing"),
    ("Unclosed inline table", "a ',' or the closing } is missing"),
    ("Invalid initial character", "the name of a setting is missing here"),
    ("Invalid statement", "not a setting; write name = value"),
    ("date|time", "not a date; put a text in quotes"),
)  # fmt: skip
_OPENERS = (("array", "["), ("table", "{"), ("'''", "'''"), ("", '""" " \''))


def read_toml(path: Path) -> tuple[str, dict[str, Any]]:
    """The text of a TOML file and its data; SettingsError with the place where it is none."""
    content = path.read_bytes()
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        column = error.start - content.rfind(b"\n", 0, error.start)
        fault = SettingFault("not UTF-8; save it as UTF-8", path, line, column)
        raise SettingsError.of([fault]) from None
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    try:
        return text, tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError.of([_fault(path, text, str(error))]) from None


def _fault(path: Path, text: str, said: str) -> SettingFault:
    place = re.search(r"\(at line (\d+), column (\d+)\)", said)
    line, column = (int(place[1]), int(place[2])) if place else _opened(text, said)
    if re.search("overwrite|twice|Duplicate|redefine|mutate", said):
        return _repeated(path, text, line, column)
    problem = said.partition(" (at ")[0]
    words = next((words for form, words in _PROBLEMS if re.search(form, problem)), None)
    if "Invalid value" in problem:
        before = Position(line, column) if place else _end_of(text)
        bracket = open_bracket(text, before)
        if bracket and not place:
            return SettingFault("the bracket opened here is not closed", path, *bracket)
        if bracket and bracket.line < line:
            words = f"{words}; or close the bracket opened in line {bracket.line}"
    return SettingFault(words or f"not readable as TOML: {problem}", path, line, column)


def _end_of(text: str) -> Position:
    return Position(text.count("\n") + 2, 1)


def _opened(text: str, said: str) -> tuple[int, int]:
    """Where that begins which the end of the text leaves open."""
    marks = next(marks for form, marks in _OPENERS if form in said)
    place = max(text.rfind(mark) for mark in marks.split())
    if place < 0:
        return text.count("\n") + 1, 1
    return text.count("\n", 0, place) + 1, place - text.rfind("\n", 0, place)


def _repeated(path: Path, text: str, line: int, column: int) -> SettingFault:
    places = toml_places(text)
    if not places.repeated:
        return SettingFault("this is set already, further up; keep one of them", path, line, column)
    loc = places.repeated[0]
    line, column = places.keys[loc]
    return SettingFault(f"'{loc[-1]}' is set twice; keep one of them", path, line, column)
