"""Says in an account owner's words why a text is not YAML, and at which place."""

import re
from dataclasses import dataclass

import yaml


@dataclass(frozen=True, slots=True)
class Mistake:
    line: int  # from 1
    column: int  # from 1
    message: str


_PROBLEMS = (
    (r"character '\\t'", "a tab; indent with spaces"),
    (r"character '(.+)' that cannot start", "a value cannot begin with {0}; put it in quotes"),
    (r"mapping values are not allowed", "a ': ' where none can be; put the whole value in quotes, "
     "or indent this line like its neighbours"),
    (r"found '(?:-|<block sequence start>|<block mapping start>)'", "this line is not indented "
     "like its neighbours"),
    (r"sequence entries are not allowed", "a list begins on a line of its own, or is written "
     "[one, two]"),
    (r"found '<scalar>'", "text after a closing quote; put the whole value in one pair of quotes, "
     "and use the other kind of quotes inside"),
    (r"unknown escape character", "a backslash has a meaning in double quotes; use single quotes"),
    (r"document end", "the file is empty; a cadence needs name, goal, purpose, start and steps"),
)  # fmt: skip


def explain_syntax(text: str, error: yaml.YAMLError) -> Mistake:
    """The place and the plain words of an error that PyYAML met in `text`."""
    if isinstance(error, yaml.reader.ReaderError):
        return _forbidden_character(text, error)
    if not isinstance(error, yaml.MarkedYAMLError):
        return Mistake(1, 1, "is not readable as YAML")
    problem, mark = error.problem or "", error.problem_mark or error.context_mark
    if error.context_mark and re.search(
        "unexpected end of stream|could not find expected", problem
    ):
        mark = error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    if (opened := _open_bracket(text)) and not text[mark.index if mark else 0 :].strip():
        line, column = opened.line + 1, opened.column + 1  # nothing stands where it was missed
        return Mistake(line, column, "the bracket opened here is never closed")
    return Mistake(line, column, _words(text, error, problem, mark.index if mark else 0))


def _words(text: str, error: yaml.MarkedYAMLError, problem: str, place: int) -> str:
    if "unexpected end of stream" in problem:
        return "the quote opened here is never closed"
    if "could not find expected ':'" in problem:
        return "neither a 'key: value' nor part of the text above; is a ':' or a quote missing?"
    if error.context_mark and "while parsing a flow" in (error.context or ""):
        return (
            f"a ',' or a closing bracket is missing before this; the bracket opened in line "
            f"{error.context_mark.line + 1}"
        )
    if "found '<scalar>'" in problem and (opened := _long_quote(text, place)):
        return f"the quote opened in line {opened} closes only here; is its closing quote missing?"
    for pattern, words in _PROBLEMS:
        if found := re.search(pattern, problem):
            return words.format(*found.groups())
    return f"is not readable as YAML: {problem}"


def _forbidden_character(text: str, error: yaml.reader.ReaderError) -> Mistake:
    before = text[: error.position]
    line = before.count("\n") + 1
    column = error.position - before.rfind("\n")
    code = f"U+{error.character:04X}" if isinstance(error.character, int) else "of another encoding"
    return Mistake(line, column, f"the invisible character {code} is not allowed; take it out")


def _open_bracket(text: str) -> yaml.Mark | None:
    """The last bracket that is open where the text can be read no further."""
    opened: list[yaml.Mark] = []
    try:
        for token in yaml.scan(text, Loader=yaml.SafeLoader):
            if isinstance(token, yaml.FlowSequenceStartToken | yaml.FlowMappingStartToken):
                opened.append(token.start_mark)
            elif isinstance(token, yaml.FlowSequenceEndToken | yaml.FlowMappingEndToken):
                opened[-1:] = []
    except yaml.YAMLError:
        pass  # as below
    return opened[-1] if opened else None


def _long_quote(text: str, place: int) -> int | None:
    """The line where the quoted text that ends before a place began, if it is not the same."""
    opened = None
    try:
        for token in yaml.scan(text, Loader=yaml.SafeLoader):
            if token.end_mark.index > place:
                break
            if isinstance(token, yaml.ScalarToken) and not token.plain:
                several = token.start_mark.line != token.end_mark.line
                opened = token.start_mark.line + 1 if several and token.style in "'\"" else None
    except yaml.YAMLError:
        pass  # the tokens up to the error are what is asked for
    return opened
