"""The JSON Schema for editors: equal to the model, and of the same opinion as the reader."""

import json
import re
from importlib.resources import files
from typing import Any

import jsonschema
import pytest
import yaml
from cadence_example import EXAMPLE, changed

from contacts.cadences.schema import cadence_schema

VALIDATOR = jsonschema.Draft7Validator(cadence_schema())


class EditorLoader(yaml.SafeLoader):
    """Reads YAML 1.2 as editors do: 09:00 and `on` are texts."""


EditorLoader.yaml_implicit_resolvers = {}
EditorLoader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"^-?\d+$"), None)
EditorLoader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(true|false)$"), None)
EditorLoader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile("^(null|~|)$"), None)


def as_editors_see(text: str) -> Any:
    return yaml.load(text, Loader=EditorLoader)  # noqa: S506  # it is a SafeLoader


def test_the_shipped_schema_is_the_one_of_the_model() -> None:
    shipped = (files("templates") / "cadence.schema.json").read_text(encoding="utf-8")
    assert json.loads(shipped) == cadence_schema()


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft7Validator.check_schema(cadence_schema())


def test_the_example_is_valid() -> None:
    VALIDATOR.validate(as_editors_see(EXAMPLE))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("channel: sms", "chanel: sms"),
        ("channel: call", "channel: fax"),
        ("purpose: service", "purpose: both"),
        ("goal: first 30 days ", "goal:"),
        ("name: onboarding", "name: Onboarding"),
        ("on: customer.added", "on: customer.gone"),
        ("after: 4d", "after: -4d"),
        ("after: 4d", "after: 4d, day: 9"),
        (", day: 0", ""),
        ("day: 3", "day: soon"),
        ("day: 3", "day: -3"),
        ('end: "18:00"', "end: 6pm"),
        ("[mon, tue", "[monday, tue"),
        ("on: [reply, opt_out]", "on: reply"),
        ("wait: true", "wait: maybe"),
        ("on_unknown: hold", "on_unknown: ask"),
        ("template: tips", "template: tips, on_unknown: ask"),
        ("holidays: skip", "holidays: skip, colour: red"),
    ],
)
def test_a_faulty_file_is_not_valid(old: str, new: str) -> None:
    assert not VALIDATOR.is_valid(as_editors_see(changed(old, new)))


def test_every_key_is_explained_to_who_is_typing() -> None:
    schema = cadence_schema()
    for part in (schema, *schema["$defs"].values()):
        for key, about in part.get("properties", {}).items():
            assert "description" in about or "$ref" in about, key
