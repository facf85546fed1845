"""Turns what pydantic says about a cadence file into the words of someone who knows the file."""

import re
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from contacts.cadences.faults import shown
from contacts.cadences.model import OURS, Cadence, Start, Step, Stop
from contacts.cadences.syntax import Mistake
from contacts.cadences.tree import Loc, Tree
from contacts.windows import Window

_PARTS: dict[str, type[BaseModel]] = {"start": Start, "stop": Stop, "window": Window}
_FORMS = {
    "due": "write a number of days: 2 days, 2 business days",
    "template": "write the folder's name, without an ending: lower-case letters, digits, - and _",
    "": "write lower-case letters, digits, - and _, a letter first, at most 64",
}


def in_words(errors: list[ErrorDetails], tree: Tree) -> list[Mistake]:
    """The errors of the model, in words, each at the key or value in the text."""
    misspelt = {
        (*error["loc"][:-1], _nearest_key(error["loc"]))
        for error in errors
        if error["type"] == "extra_forbidden"
    }
    return [
        _mistake(error, tree)
        for error in errors
        if error["type"] != "missing" or error["loc"] not in misspelt
    ]


def _mistake(error: ErrorDetails, tree: Tree) -> Mistake:
    loc: Loc = error["loc"]
    if error["type"] == "missing":
        line, column = tree.value_at(loc[:-1])
        return Mistake(line, column, f"{whose(tree, loc)}{_missing(loc)}")
    if error["type"] == "extra_forbidden":
        line, column = tree.key_at(loc)
        return Mistake(line, column, f"{whose(tree, loc)}{_unknown_key(loc)}")
    line, column = tree.value_at(loc)
    return Mistake(line, column, f"{whose(tree, loc)}{_wrong_value(error, loc)}")


def whose(tree: Tree, loc: Loc) -> str:
    """The step that a place belongs to, by the name its author knows it by."""
    if len(loc) < 2 or loc[0] != "steps":
        return ""
    key = tree.get((*loc[:2], "key"))
    return f"step {shown(key)}: " if isinstance(key, str) else ""


def label(loc: Loc) -> str:
    """What to call a value: the key it stands under."""
    if len(loc) == 2 and loc[0] == "steps":
        return "a step"
    return next((f"'{part}'" for part in reversed(loc) if isinstance(part, str)), "the file")


def required(model: type[BaseModel]) -> str:
    """The keys that a mapping must have, or may have where it need not have any."""
    fields = model.model_fields
    return listed([name for name, field in fields.items() if field.is_required()] or list(fields))


def listed(words: list[str], joint: str = "and") -> str:
    return f"{', '.join(words[:-1])} {joint} {words[-1]}" if len(words) > 1 else "".join(words)


def _model_at(loc: Loc) -> type[BaseModel]:
    """The model of the mapping at a place."""
    if not loc:
        return Cadence
    if loc[0] != "steps":
        return _PARTS[str(loc[0])]
    return Step if len(loc) == 2 else _PARTS[str(loc[2])]


def _missing(loc: Loc) -> str:
    field = _model_at(loc[:-1]).model_fields[str(loc[-1])]
    return f"'{loc[-1]}' is missing: {field.description}"


def _unknown_key(loc: Loc) -> str:
    near = _nearest_key(loc)
    known = listed(list(_model_at(loc[:-1]).model_fields))
    hint = f"did you mean '{near}'?" if near else f"known are {known}"
    return f"unknown key {shown(str(loc[-1]))}; {hint}"


def _nearest_key(loc: Loc) -> str | None:
    return _nearest(str(loc[-1]), _model_at(loc[:-1]).model_fields)


def _wrong_value(error: ErrorDetails, loc: Loc) -> str:
    kind, value, context = error["type"], error["input"], error.get("ctx", {})
    name = label(loc)
    if kind in ("model_type", "model_attributes_type"):
        return f"{name} must be a mapping with {required(_model_at(loc))}"
    if kind in ("list_type", "tuple_type"):
        one = value if isinstance(value, str) else "one"
        return f"{name} must be a list: [{one}], or lines that begin with '- '"
    if kind == "too_short":
        return f"{name} needs at least one entry"
    if kind == "too_long":
        return f"{name} has more than {context['max_length']} entries"
    if isinstance(value, dict | list):
        form = "a list" if isinstance(value, list) else "a mapping"
        return f"{name} must be one value, not {form}; quote a text that has {{, [ or ': ' in it"
    verb = "is" if isinstance(loc[-1], str) else "holds"
    return f"{name} {verb} {shown(str(value))}; {_right_value(kind, str(value), context, loc)}"


def _right_value(kind: str, value: str, context: dict[str, Any], loc: Loc) -> str:
    if kind in ("enum", "literal_error"):
        known = re.findall(r"'([^']+)'", str(context.get("expected", "")))
        known = [one for one in known if one not in OURS]
        near = _nearest(value, known)
        return f"did you mean '{near}'?" if near else f"write {listed(known, 'or')}"
    if kind == "value_error":
        return str(context["error"])
    if kind == "string_pattern_mismatch":
        return _FORMS.get(str(loc[-1]), _FORMS[""])
    if kind.startswith("bool"):
        return "write true or false"
    if kind == "greater_than_equal":
        return f"write {context['ge']} or more"
    if kind == "less_than_equal":
        return f"write {context['le']} or less"
    if kind.startswith("int"):
        return "write a whole number"
    if kind == "string_too_short":
        return "write a few words"
    if kind == "string_too_long":
        return f"write at most {context['max_length']} characters"
    return "this cannot stand here"


def _nearest(word: str, known: Iterable[str]) -> str | None:
    return next(iter(get_close_matches(word.lower(), list(known), n=1, cutoff=0.6)), None)
