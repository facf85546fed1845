"""Reads the text of a cadence file: the cadence, or every fault in it with line and column."""

from pathlib import PurePath
from typing import Any, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from contacts.cadences.draft import Broken, Draft
from contacts.cadences.faults import Fault, FaultyFile
from contacts.cadences.model import Cadence, Start, Step
from contacts.cadences.rules import broken_rules
from contacts.cadences.spans import Span
from contacts.cadences.syntax import Mistake
from contacts.cadences.tree import Loc, Tree, Unreadable, read_tree
from contacts.cadences.wording import in_words, required, whose
from contacts.windows import USUAL, Weekly, Window

Part = TypeVar("Part", bound=BaseModel)


def parse_cadence(text: str, path: str, *, usual: Weekly | None = USUAL) -> Cadence:
    """The cadence that `text` says, as the content of `path`; FaultyFile with all its faults.

    `usual` is the window of cadences that say none. Without it windows are not looked at, as
    befits a text that was sound when the settings were others.
    """
    try:
        tree = read_tree(text)
    except Unreadable as error:
        raise _faulty(path, [error.mistake]) from None
    if not isinstance(tree.data, dict):
        raise _faulty(path, [*tree.mistakes, _not_a_mapping(tree)])
    cadence, errors = _validated(tree.data)
    errors = [error for error in errors if not tree.covers(error["loc"])]
    wrong = {error["loc"] for error in errors} | tree.faulty
    draft = _draft(tree, wrong, PurePath(path).stem, usual)
    mistakes = [
        *tree.mistakes,
        *in_words(errors, tree),
        *(_placed(broken, tree) for broken in broken_rules(draft) if broken.loc not in wrong),
    ]
    if cadence is None or mistakes:
        raise _faulty(path, mistakes)
    return cadence


def _faulty(path: str, mistakes: list[Mistake]) -> FaultyFile:
    found = {Fault(path, mistake.line, mistake.column, mistake.message) for mistake in mistakes}
    return FaultyFile(sorted(found))


def _not_a_mapping(tree: Tree) -> Mistake:
    line, column = tree.value_at(())
    keys = required(Cadence)
    if tree.data is None:
        return Mistake(line, column, f"the file is empty; a cadence needs {keys}")
    return Mistake(line, column, f"a cadence is a mapping of keys to values; it needs {keys}")


def _validated(data: dict[str, Any]) -> tuple[Cadence | None, list[ErrorDetails]]:
    try:
        return Cadence.model_validate(data), []
    except ValidationError as error:
        return None, error.errors()


def _draft(tree: Tree, wrong: set[Loc], stem: str, usual: Weekly | None) -> Draft:
    steps = tree.get(("steps",))
    sound = {
        number: _sound(Step, tree, ("steps", number), wrong)
        for number in range(len(steps) if isinstance(steps, list) else 0)
    }
    return Draft(
        tree=tree,
        stem=stem,
        start=_sound(Start, tree, ("start",), wrong),
        window=_sound(Window, tree, ("window",), wrong),
        usual=usual,
        repeat=_span(tree.get(("repeat",))),
        steps={number: step for number, step in sound.items() if step is not None},
    )


def _sound(model: type[Part], tree: Tree, loc: Loc, wrong: set[Loc]) -> Part | None:
    """The part at a place without the keys that are wrong in it; None where that is too little."""
    data = tree.get(loc) if loc in tree.values else {}
    if not isinstance(data, dict):
        return None
    bad = {place[len(loc)] for place in wrong if len(place) > len(loc) and place[: len(loc)] == loc}
    try:
        return model.model_validate({key: value for key, value in data.items() if key not in bad})
    except ValidationError:
        return None


def _span(text: object) -> Span | None:
    try:
        return TypeAdapter(Span).validate_python(text)
    except ValidationError:
        return None


def _placed(broken: Broken, tree: Tree) -> Mistake:
    message = whose(tree, broken.loc) + broken.message
    if broken.at_key:
        return Mistake(*tree.key_at(broken.loc), message)
    return Mistake(*tree.value_at(broken.loc, broken.offset), message)
