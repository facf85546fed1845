"""Conditions that compare a fact with a value which it can never have, e.g. a misspelt outcome."""

from collections.abc import Collection, Iterator
from difflib import get_close_matches

from jinja2 import nodes

from contacts.cadences.kinds import dotted
from contacts.cadences.outcomes import Outcome
from contacts.cadences.signals import SignalKind

_CLOSED: dict[str, tuple[str, Collection[str]]] = {
    "touches.outcome": ("outcome", ("", *Outcome)),
    "signal.kind": ("kind of signal", ("", *SignalKind)),
}
"""Facts that have one of a few values: what such a value is called, and all of them."""


def impossible(expression: nodes.Expr) -> list[str]:
    """One line for every value that the fact it is compared with can never have."""
    compares = [*expression.find_all(nodes.Compare)]
    if isinstance(expression, nodes.Compare):
        compares.insert(0, expression)
    return [
        _message(value, *_CLOSED[fact])
        for compare in compares
        for fact, value in _asked(compare)
        if value not in _CLOSED[fact][1]
    ]


def _asked(compare: nodes.Compare) -> Iterator[tuple[str, str]]:
    """Each closed fact with each text that it is compared with."""
    left = compare.expr
    for operand in compare.ops:
        for fact, other in ((left, operand.expr), (operand.expr, left)):
            if (name := dotted(fact)) in _CLOSED:
                yield from ((name, text) for text in _texts(other))
        left = operand.expr


def _texts(node: nodes.Expr) -> Iterator[str]:
    if isinstance(node, nodes.Const) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, nodes.List | nodes.Tuple):
        for one in node.items:
            yield from _texts(one)


def _message(value: str, noun: str, known: Collection[str]) -> str:
    near = get_close_matches(value.lower(), [*known], n=1)
    hint = f"did you mean '{near[0]}'?" if near else f"there are {', '.join(filter(None, known))}"
    return f"'{value}' is no {noun}; {hint}"
