"""What the costliest templates that are allowed make of the longest values that a record holds."""

from typing import Any

import pytest

from contacts.cadences.facts import vocabulary
from contacts.cadences.sandbox import sandboxed_environment, template_faults
from contacts.messages.compiled import OUTPUT_LIMIT, Compiled
from contacts.messages.pieces import Piece
from contacts.messages.rendered import MessageError

ATTRIBUTE, ITEMS = 2_000, 10_000
"""Characters of a further column of the customers' file, and of what an order holds."""
EMOJI, SIGN = "\N{GRINNING FACE}", "&"  # each the longest: in a link, and in HTML


class Value:
    """The longest text, which counts how often it is printed."""

    printed = 0

    def __str__(self) -> str:
        self.printed += 1
        return SIGN * ITEMS


def compiled(source: str) -> Compiled:
    assert template_faults(source, names=vocabulary()) == []
    environment = sandboxed_environment(autoescape=True)
    return Compiled(environment, [Piece("text", source, "body.txt", 1)], "body.txt", sources={})


def items(value: Any) -> dict[str, Any]:
    return {"orders": {"last_items": value}}


@pytest.mark.parametrize(
    ("source", "facts"),
    [
        ("{{ orders.last_items }}" * 10, items(SIGN * ITEMS)),
        ("{{ " + " ~ ".join(["orders.last_items"] * 50) + " }}", items(SIGN * ITEMS)),
        (
            "{{ customer.attributes.plan|urlencode|upper|title|trim }}" * 20,
            {"customer": {"attributes": {"plan": EMOJI * ATTRIBUTE}}},
        ),
    ],
    ids=["values", "joined", "in a link"],
)
def test_s03_long_values_are_refused_where_they_are_too_long_together(
    source: str, facts: dict[str, Any]
) -> None:
    with pytest.raises(MessageError, match=f"is too long: more than {OUTPUT_LIMIT}"):
        compiled(source).render(facts)


def test_s03_what_is_too_long_is_not_written_to_its_end() -> None:
    value = Value()
    with pytest.raises(MessageError, match="too long"):
        compiled("{{ orders.last_items }}" * 2_000).render(items(value))
    assert value.printed <= OUTPUT_LIMIT // ITEMS + 1


def test_s03_no_link_is_made_of_a_long_text() -> None:
    with pytest.raises(MessageError, match="urlencode: no link takes more than 2000"):
        compiled("{% if orders.last_items|urlencode %}x{% endif %}").render(items(EMOJI * ITEMS))
