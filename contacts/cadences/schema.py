"""The JSON Schema of a cadence file, with which editors complete and check while it is written."""

from typing import Any

from contacts.cadences.model import Cadence

_DRAFT = "http://json-schema.org/draft-07/schema#"  # the newest that YAML editors know well


def cadence_schema() -> dict[str, Any]:
    """The schema that `templates/cadence.schema.json` holds, out of the model and its words."""
    schema = Cadence.model_json_schema()
    plain: dict[str, Any] = _plain(schema)
    return {"$schema": _DRAFT, **plain}


def _plain(part: Any) -> Any:
    """The same without titles, and without the nulls that a model has and a file must not have."""
    if isinstance(part, list):
        return [_plain(one) for one in part]
    if not isinstance(part, dict):
        return part
    kept = {
        key: value for key, value in part.items() if value is not None and not _is_title(key, value)
    }
    choices = kept.pop("anyOf", [])
    for choice in choices:
        if choice != {"type": "null"}:
            kept = {**choice, **kept}
    return {key: _plain(value) for key, value in kept.items()}


def _is_title(key: str, value: Any) -> bool:
    return key == "title" and isinstance(value, str)
