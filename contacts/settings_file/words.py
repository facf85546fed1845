"""Says in plain words, and at its place, what pydantic finds wrong with the settings."""

import re
from collections.abc import Iterable
from datetime import date, time
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel, SecretStr, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import SettingsError as UnreadableVariable

from contacts.settings_file.errors import SettingFault
from contacts.settings_file.places import Loc
from contacts.settings_file.sources import PREFIX, Source, Sources, variable

_SHOWN = 60
_NO_TABLE = ("model_type", "model_attributes_type")


def faults_of(
    error: ValidationError | UnreadableVariable | UnicodeDecodeError,
    model: type[BaseModel],
    sources: Sources,
) -> list[SettingFault]:
    """What an error says about the settings of `model`, in words, at the place of each value."""
    if isinstance(error, UnicodeDecodeError):
        return [SettingFault("not UTF-8; save it as UTF-8", sources.env)]
    words = _Words(model, sources)
    if isinstance(error, ValidationError):
        # A default that is made of other settings is not made where one of them has a fault.
        told = [one for one in error.errors() if one["type"] != "default_factory_not_called"]
        return words.faults(told)
    named = re.search(r'field "(\w+)"', str(error))
    return [words.unreadable(named[1] if named else "owners")]


def secrets_in_file(
    values: Iterable[str], model: type[BaseModel], sources: Sources
) -> list[SettingFault]:
    """The secrets among what `touchline.toml` gives: it is copied, shown and kept in git.

    A database may have no password, so its URL may stand there.
    """
    told = [name for name in values if name != "database_url" and _is_secret(model, name)]
    return [
        _at(
            sources.in_file((name,)) or Source(name),
            f"'{name}' is a secret, and no place for one is {sources.toml.name}; write it as "
            f"{variable((name,))}=… in .env",
        )
        for name in told
    ]


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that was perhaps meant, whatever its capitals."""
    by_small = {one.lower(): one for one in known}
    near = get_close_matches(word.lower(), by_small, n=1, cutoff=0.7)
    return by_small[near[0]] if near else None


class _Words:
    """The words for the errors of one model: its fields, and the models in its lists."""

    def __init__(self, model: type[BaseModel], sources: Sources) -> None:
        self._model = model
        self._sources = sources

    def faults(self, errors: Iterable[ErrorDetails]) -> list[SettingFault]:
        """One fault for each error; none for a key that is missing only because it is misspelt."""
        told = list(errors)
        misspelt = {
            (*error["loc"][:-1], near)
            for error in told
            if error["type"] == "extra_forbidden"
            and (near := nearest(str(error["loc"][-1]), self._known(error["loc"])))
        }
        return [
            self._fault(error)
            for error in told
            if error["type"] != "missing" or error["loc"] not in misspelt
        ]

    def unreadable(self, name: str) -> SettingFault:
        """The variable of a setting whose JSON cannot be read."""
        source = self._sources.of((name,)) or Source(variable((name,)))
        form = "[…]" if isinstance(self._model.model_fields[name].default, list) else "{…}"
        return _at(source, f"{source.name} is not readable as JSON; write it like {form}")

    def _fault(self, error: ErrorDetails) -> SettingFault:
        loc: Loc = error["loc"]
        if error["type"] == "extra_forbidden":
            return self._unknown(loc)
        if error["type"] == "missing":
            source = self._sources.of(loc[:-1]) or Source(str(loc[0]))
            return _at(source, f"{_entry(loc)} has no '{loc[-1]}'; each needs one")
        if not loc:
            return self._contradiction(error)
        source = self._sources.of(loc) or Source(str(loc[0]))
        whole = source.name.upper() == variable(loc)
        label = (
            source.name if whole else f"'{next(p for p in reversed(loc) if isinstance(p, str))}'"
        )
        secret = _is_secret(self._model, str(loc[0]))
        is_ = f"{label} cannot be used" if secret else f"{label} is {_shown(error['input'])}"
        return _at(source, f"{is_}; {self._right(error, loc)}", value=True)

    def _unknown(self, loc: Loc) -> SettingFault:
        source = self._sources.of(loc) or Source(str(loc[-1]))
        name, known = source.name, self._known(loc)
        if source.path == self._sources.env:
            if not source.is_variable:
                return _at(source, f"'{name}' is no setting; variables begin with {PREFIX}")
            known = [variable((one,)) for one in known]
        hint = "README.md lists the settings"
        if near := nearest(name, known):
            hint = f"did you mean '{near}'?"
        elif len(loc) > 1:
            section = ".".join(part for part in loc[:-1] if isinstance(part, str))
            hint = f"known under [{section}] are {', '.join(known)}"
            if name in self._model.model_fields:
                hint = "it belongs above the first line that begins with ["
        return _at(source, f"unknown setting '{name}'; {hint}")

    def _contradiction(self, error: ErrorDetails) -> SettingFault:
        """Settings that are good one by one; told at the first of them that somebody set."""
        message = error["msg"].removeprefix("Value error, ")
        named = [(name,) for name in re.findall(r"'(\w+)'", message)]
        source = next((found for loc in named if (found := self._sources.of(loc))), Source(""))
        return _at(source, message, value=True)

    def _right(self, error: ErrorDetails, loc: Loc) -> str:
        kind, context = error["type"], error.get("ctx", {})
        if kind == "value_error":
            return str(context["error"])
        if kind == "string_type":
            return "write a text in quotes"
        if kind == "list_type" or (isinstance(loc[-1], int) and kind in _NO_TABLE):
            return f"begin each of the {loc[0]} with a line [[{loc[0]}]]"
        if kind in _NO_TABLE and any(isinstance(part, int) for part in loc):
            return f"write its values in braces: {loc[-1]} = {{…}}"
        if kind == "dict_type" or _table_at(self._model, loc) is not None:
            return f"write its values under a line [{'.'.join(map(str, loc))}]"
        if kind == "tuple_type":
            return "write a list: […, …]"
        if kind == "too_short":
            return "name at least one"
        if kind == "literal_error":
            known = re.findall(r"'([^']+)'", context["expected"])
            return f"write {', '.join(known[:-1])} or {known[-1]}"
        if len(loc) > 1 and loc[-1] in self._model.model_fields:
            return "it belongs above the first line that begins with ["
        return _bounds(self._model, loc)

    def _known(self, loc: Loc) -> list[str]:
        """The keys that may stand beside the one at `loc`."""
        if len(loc) == 1:
            return [name for name in self._model.model_fields if name != "workspace"]
        inner = _table_at(self._model, loc[:-1])
        return list(inner.model_fields) if inner is not None else []


def _table_at(model: type[BaseModel], loc: Loc) -> type[BaseModel] | None:
    """The table of known keys at a place, inside another one or in a list; None if it is none."""
    annotation: Any = model
    for name in loc:
        if isinstance(name, int):
            annotation = next(iter(get_args(annotation)), None)
            continue
        table = _as_table(annotation)
        field = table.model_fields.get(name) if table is not None else None
        annotation = field.annotation if field is not None else None
    return _as_table(annotation)


def _as_table(annotation: Any) -> type[BaseModel] | None:
    return annotation if isinstance(annotation, type(BaseModel)) else None


def _at(source: Source, message: str, *, value: bool = False) -> SettingFault:
    line, column = source.value if value else source.key
    if source.is_variable and source.name not in message:
        message = f"{source.name}: {message}"
    return SettingFault(message, source.path, line, column)


def _entry(loc: Loc) -> str:
    """A table of a list, as people count: owner 2."""
    number = next((part for part in loc if isinstance(part, int)), 0)
    return f"{str(loc[0]).removesuffix('s')} {number + 1}"


def _shown(value: object) -> str:
    text = {True: "true", False: "false"}[value] if isinstance(value, bool) else repr(value)
    if isinstance(value, dict | list):
        text = "a list" if isinstance(value, list) else "a table"
    if isinstance(value, date | time):
        text = value.isoformat()
    if value == "":
        text = "empty"
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"


def _bounds(model: type[BaseModel], loc: Loc) -> str:
    """What would be right for a number of this setting."""
    within = _table_at(model, loc[:-1])
    field = (within or model).model_fields[str(loc[0] if within is None else loc[-1])]
    if field.annotation is bool:
        return "write true or false"
    what = "a number" if field.annotation is float else "a whole number"
    limits: dict[str, Any] = {}
    for one in field.metadata if within is not None else ():
        limits |= {name: getattr(one, name) for name in ("ge", "le", "gt") if hasattr(one, name)}
    if "ge" in limits and "le" in limits:
        return f"write {what} from {limits['ge']} to {limits['le']}"
    if "ge" in limits:
        return f"write {what}, {limits['ge']} or more"
    return f"write {what} above {limits['gt']:g}" if "gt" in limits else f"write {what}"


def _is_secret(model: type[BaseModel], name: str) -> bool:
    field = model.model_fields.get(name)
    return field is not None and SecretStr in (field.annotation, *get_args(field.annotation))
