"""Finds comparisons that can never come out right: a number with text, a date with a number."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from functools import cache
from typing import get_args, get_type_hints

from jinja2 import nodes

from contacts.cadences.facts import Facts

_KINDS: dict[type, str] = {
    str: "text",
    int: "a number",
    Decimal: "a number",
    float: "a number",
    date: "a date",
}
_FILTERS = {
    "int": "a number",
    "length": "a number",
    "round": "a number",
    "lower": "text",
    "upper": "text",
    "title": "text",
    "capitalize": "text",
    "trim": "text",
    "truncate": "text",
}
_COMPARISONS = frozenset({"eq", "ne", "lt", "lteq", "gt", "gteq"})
_ATTRIBUTES = "customer.attributes."


def mismatches(expression: nodes.Expr) -> list[str]:
    """One line for every comparison of two kinds of value that have nothing in common."""
    compares = [*expression.find_all(nodes.Compare)]
    if isinstance(expression, nodes.Compare):
        compares.insert(0, expression)
    return [
        _message(left, right)
        for compare in compares
        for left, right in _pairs(compare)
        if _kind(left) != _kind(right) and _kind(left) and _kind(right)
    ]


def dotted(node: nodes.Node) -> str:
    """`customer.attributes["plan"]` as customer.attributes.plan; empty for all but names."""
    if isinstance(node, nodes.Name):
        return node.name
    if isinstance(node, nodes.Getattr):
        return f"{dotted(node.node)}.{node.attr}"
    if isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const):
        return f"{dotted(node.node)}.{node.arg.value}"
    return ""


def _pairs(compare: nodes.Compare) -> Iterator[tuple[nodes.Expr, nodes.Expr]]:
    left = compare.expr
    for operand in compare.ops:
        if operand.op in _COMPARISONS:
            yield left, operand.expr
        left = operand.expr


def _kind(node: nodes.Expr) -> str | None:
    """What kind of value it is; None where that is open."""
    if isinstance(node, nodes.Const):
        return _KINDS.get(type(node.value))
    if isinstance(node, nodes.Neg):
        return _kind(node.node)
    if isinstance(node, nodes.Filter):
        return _FILTERS.get(node.name)
    if isinstance(node, nodes.Sub) and _kind(node.left) == _kind(node.right) == "a date":
        return "a length of time"
    name = dotted(node)
    return "text" if name.startswith(_ATTRIBUTES) else _kinds_of_facts().get(name)


@cache
def _kinds_of_facts() -> dict[str, str]:
    """Kind of every fact under its full name: orders.count is a number."""
    kinds = {}
    for group, outer in get_type_hints(Facts).items():
        inner = get_type_hints(outer) if hasattr(outer, "__dataclass_fields__") else {"": outer}
        for key, hint in inner.items():
            plain = next((one for one in get_args(hint) or (hint,) if one in _KINDS), None)
            if plain is not None:
                kinds[f"{group}.{key}".rstrip(".")] = _KINDS[plain]
    return kinds


def _message(left: nodes.Expr, right: nodes.Expr) -> str:
    for one, other in ((left, right), (right, left)):
        if dotted(one).startswith(_ATTRIBUTES) and _kind(other) == "a number":
            return f"{dotted(one)} is text; to compare it with a number write {dotted(one)}|int"
    first, second = _shown(left), _shown(right)
    said = f"{first} is {_kind(left)} and {second} is {_kind(right)}; they can never be compared"
    if "a date" in (_kind(left), _kind(right)):
        return f"{said}: compare days, as in customer.days_since_joined > 30"
    return said


def _shown(node: nodes.Expr) -> str:
    if isinstance(node, nodes.Const):
        return repr(node.value)
    return dotted(node) or "one side"
