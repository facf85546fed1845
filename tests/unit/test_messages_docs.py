"""The reference for account owners names everything that a template may use."""

import re
from pathlib import Path

import contacts
from contacts.cadences.sandbox import sandboxed_environment
from contacts.messages.filters import message_filters
from contacts.messages.shelf import Shelf
from contacts.messages.templates import builtin_templates
from contacts.messages.vocabulary import names_for

REFERENCE = Path(contacts.__file__).parents[1] / "docs" / "templates.md"


def test_every_name_is_in_the_reference() -> None:
    text = REFERENCE.read_text(encoding="utf-8")
    names = names_for("welcome", Shelf([builtin_templates()]).words(), folder="briefs")
    expected = {f"{group}.{key}" for group, keys in names.items() for key in keys or ()}
    expected |= {name for name, keys in names.items() if keys is None}
    expected = expected - {"customer.attributes"} | {"customer.attributes.COLUMN"}
    assert {name for name in expected if f"`{name}`" not in text} == set()


def test_every_filter_and_test_is_in_the_reference() -> None:
    text = REFERENCE.read_text(encoding="utf-8")
    environment = sandboxed_environment(autoescape=False)
    filters = {*environment.filters, *message_filters()} - {"link"}  # put in by the loader
    assert {name for name in filters if not re.search(rf"`{name}[`(]", text)} == set()
    assert {name for name in environment.tests if f"`is {name}`" not in text} == set()


def test_every_class_of_the_layout_is_in_the_reference() -> None:
    text = REFERENCE.read_text(encoding="utf-8")
    sheet = (builtin_templates() / "email" / "_base" / "style.css").read_text(encoding="utf-8")
    sheet = re.sub(r"/\*.*?\*/", "", sheet, flags=re.DOTALL)
    own = {"page", "sheet", "foot", "footer", "brand", "mark", "name", "content", "preheader"}
    classes = set(re.findall(r"\.([a-z]+)\b[^{};]*\{", sheet)) - own
    assert {
        name for name in classes if f"`{name}`" not in text and f'"{name}"' not in text
    } == set()
