"""Variables of the environment that look like settings and are none."""

from collections.abc import Iterable, Iterator
from typing import Any, get_origin

from pydantic import BaseModel

from contacts.settings_file.sources import PREFIX, variable
from contacts.settings_file.words import nearest

_READ_ELSEWHERE = frozenset({f"{PREFIX}STANDIN_INBOUND"})
"""By the stand-in."""

_HOST = "_SERVICE_HOST"
"""How the variable ends by which Kubernetes tells of a service: TOUCHLINE_SERVICE_HOST."""


def stray_variables(model: type[BaseModel], names: Iterable[str]) -> Iterator[str]:
    """A sentence for each of these variables that does nothing; their values are not looked at."""
    settings = {variable((name,)): field.annotation for name, field in model.model_fields.items()}
    ours = {name: name.upper() for name in sorted(names) if name.upper().startswith(PREFIX)}
    of_services = _of_services(ours.values())
    for name, whole in ours.items():
        if whole in settings or whole in _READ_ELSEWHERE or whole.startswith(of_services):
            continue
        owner, nested, _ = whole.partition("__")
        if nested and _has_parts(settings.get(owner)):
            continue
        near = nearest(whole, settings)
        hint = f"did you mean '{near}'?" if near else "README.md lists the settings"
        yield f"the variable '{name}' is no setting and changes nothing; {hint}"


def _of_services(names: Iterable[str]) -> tuple[str, ...]:
    """How the variables begin that Kubernetes made of the services that these names tell of.

    Without its service a TOUCHLINE_PORT is somebody's own, and does nothing.
    """
    services = (name.removesuffix(_HOST) for name in names if name.endswith(_HOST))
    return tuple(f"{one}_{what}" for one in services for what in ("SERVICE_", "PORT"))


def _has_parts(annotation: Any) -> bool:
    is_table = isinstance(annotation, type) and issubclass(annotation, BaseModel)
    return is_table or get_origin(annotation) in (list, dict)
