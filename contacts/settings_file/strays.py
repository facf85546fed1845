"""Variables of the environment that look like settings and are none."""

from collections.abc import Iterable, Iterator
from typing import Any, get_origin

from pydantic import BaseModel

from contacts.settings_file.sources import PREFIX, variable
from contacts.settings_file.words import nearest

_READ_ELSEWHERE = frozenset({f"{PREFIX}STANDIN_INBOUND", f"{PREFIX}CASES"})
"""By the stand-in, and by the tests."""


def stray_variables(model: type[BaseModel], names: Iterable[str]) -> Iterator[str]:
    """A sentence for each of these variables that does nothing; their values are not looked at."""
    settings = {variable((name,)): field.annotation for name, field in model.model_fields.items()}
    for name in sorted(names):
        whole = name.upper()
        if not whole.startswith(PREFIX) or whole in settings or whole in _READ_ELSEWHERE:
            continue
        owner, nested, _ = whole.partition("__")
        if nested and _has_parts(settings.get(owner)):
            continue
        near = nearest(whole, settings)
        hint = f"did you mean '{near}'?" if near else "README.md lists the settings"
        yield f"the variable '{name}' is no setting and changes nothing; {hint}"


def _has_parts(annotation: Any) -> bool:
    return get_origin(annotation) in (list, dict)
