"""Whether a customer lets us know what they open and press. Pure."""

from collections.abc import Mapping

COLUMN = "tracking"
"""Of the customers' CSV; kept as an attribute."""
_NO = frozenset({"no", "n", "false", "0", "off"})


def may_be_followed(attributes: Mapping[str, str]) -> bool:
    """Whether the customer's row does not forbid it; what the business wants is another matter."""
    return attributes.get(COLUMN, "").strip().lower() not in _NO
