"""Bad inputs and the error that each must cause, from a collection kept beside this repository.

Where the collection is absent the tests that need it are skipped, and say so.
"""

import os
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

_BESIDE = Path(__file__).parents[2] / "shared" / "cases"
FOLDER = Path(os.environ.get("TOUCHLINE_CASES", _BESIDE))
FILE = FOLDER / "bad_inputs.yaml"

needs_cases = pytest.mark.skipif(
    not FILE.is_file(),
    reason="the collection of bad inputs is absent; set TOUCHLINE_CASES to its folder",
)


def cases(group: str) -> list[dict[str, Any]]:
    """The cases of a group, each with its `id`, `input` and `expect`; [] without the collection."""
    return list(_groups().get(group, []))


def input_of(case: dict[str, Any]) -> str:
    """The text to try; long ones are described in the collection and made here."""
    made = case.get("input_gen")
    if made is None:
        return str(case["input"])
    return str(made["prefix"] + made["repeat"] * made["times"] + made["suffix"])


def mentions(message: str, case: dict[str, Any]) -> bool:
    """Whether a message has one of the words that the case asks for."""
    wanted = case["expect"].get("must_mention_any", [])
    return any(word.lower() in message.lower() for word in wanted)


@cache
def _groups() -> dict[str, list[dict[str, Any]]]:
    if not FILE.is_file():
        return {}
    content = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return {group["group"]: group["cases"] for group in content["groups"]}
