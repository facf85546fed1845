"""A condition of a cadence's file as a sentence says it; empty where no sentence is as exact."""

from collections.abc import Callable, Sequence

from jinja2 import TemplateError, nodes

from contacts.cadences.conditions import expression_of
from contacts.cadences.outcomes import Outcome
from contacts.record import phrases
from contacts.wording import so_many

_COMPARED = {
    "eq": "exactly",
    "gt": "more than",
    "gteq": "at least",
    "lt": "less than",
    "lteq": "at most",
}
_NUMBERS: dict[str, Callable[[str, float], str]] = {
    "customer.days_since_joined": lambda how, n: f"they joined {how} {_days(n)} ago",
    "customer.days_since_contact": lambda how, n: f"the last contact was {how} {_days(n)} ago",
    "orders.days_since_last": lambda how, n: f"the last order was {how} {_days(n)} ago",
    "orders.count": lambda how, n: f"they have {how} {_some(n, 'order')}",
    "orders.total": lambda how, n: f"their orders come to {how} {n:,} in all",
    "orders.average": lambda how, n: f"their average order is {how} {n:,}",
    "contract.days_left": lambda how, n: f"the contract has {how} {_days(n)} left",
    "contract.value": lambda how, n: f"the contract is worth {how} {n:,}",
    "touches.count": lambda how, n: f"we were in touch {how} {_some(n, 'time')}",
    "touches.replies": lambda how, n: f"they replied {how} {_some(n, 'time')}",
    "touches.days_since_reply": lambda how, n: f"they last replied {how} {_days(n)} ago",
    "recap.count": lambda how, n: f"they got {how} {_some(n, 'thing')} from us",
    "recap.hours": lambda how, n: f"they got {how} {_some(n, 'hour')} from us",
}
_TRUE = {
    "contract.exists": ("there is a contract", "there is no contract"),
    "contract.renewed": ("the contract is renewed", "the contract is not renewed"),
    "suggestions": ("there is something to suggest", "there is nothing to suggest"),
}
_NAMES = {
    "customer.locale": "their language",
    "customer.email": "their e-mail address",
    "customer.phone": "their phone number",
    "contract.kind": "the kind of contract",
    "contract.id": "the number of the contract",
    "orders.currency": "the currency of their orders",
    "orders.last_items": "what they ordered last",
    "signal.kind": "what was noticed",
    "touches.outcome": "what came of the last call, visit or letter",
    "owner.name": "the name of their owner",
    "owner.email": "the address of their owner",
}
_OWN = ("company", "country", "first_name", "last_name", "persona", "tier", "timezone")
_VALUES: dict[str, Callable[[str], str]] = {
    "signal.kind": phrases.signal,
    "touches.outcome": lambda name: Outcome(name).words if name in set(Outcome) else name,
}


class _Unsaid(Exception):
    """No sentence says this as exactly as the condition itself."""


def condition_words(source: str) -> str:
    """`customer.tier != 'key'`: their tier is not key."""
    try:
        return _said(expression_of(source))
    except (_Unsaid, TemplateError):
        return ""


def _said(one: nodes.Node) -> str:
    if isinstance(one, nodes.And):
        parts = _parts(one, nodes.And)
        told = [f"({_said(p)})" if isinstance(p, nodes.Or) else _said(p) for p in parts]
        return _listed(told, "and")
    if isinstance(one, nodes.Or):
        return _either(_parts(one, nodes.Or))
    if isinstance(one, nodes.Not):
        return _true(one.node, holds=False)
    if isinstance(one, nodes.Compare) and len(one.ops) == 1:
        return _compared(_name(one.expr), one.ops[0])
    return _true(one, holds=True)


def _parts(one: nodes.Node, kind: type[nodes.BinExpr]) -> list[nodes.Node]:
    """What is joined by the same word: a and b and c."""
    if not isinstance(one, kind):
        return [one]
    return [*_parts(one.left, kind), *_parts(one.right, kind)]


def _either(parts: Sequence[nodes.Node]) -> str:
    """Whether they ask the same name for several values, or for different things."""
    same = {_name(p.expr) if _is_equal(p) else "" for p in parts}  # type: ignore[attr-defined]  # it is a comparison
    name = same.pop()
    if same or not name:
        return " or ".join(_said(part) for part in parts)
    values = [_value(name, part.ops[0].expr) for part in parts]  # type: ignore[attr-defined]  # as before
    return f"{_called(name)} is {_listed(values)}"


def _is_equal(one: nodes.Node) -> bool:
    return isinstance(one, nodes.Compare) and [op.op for op in one.ops] == ["eq"]


def _compared(name: str, op: nodes.Operand) -> str:
    if name in _NUMBERS:
        return _number(name, op)
    known = {"eq": "is", "in": "is", "ne": "is not", "notin": "is neither"}
    if op.op not in known:
        raise _Unsaid
    if isinstance(op.expr, nodes.Const) and op.expr.value is None:
        return f"{_called(name)} is {'not known' if op.op == 'eq' else 'known'}"
    if op.op in ("eq", "ne"):
        return f"{_called(name)} {known[op.op]} {_value(name, op.expr)}"
    if not isinstance(op.expr, nodes.List | nodes.Tuple) or not op.expr.items:
        raise _Unsaid
    joint = "or" if op.op == "in" else "nor"
    values = [_value(name, item) for item in op.expr.items]
    if op.op == "notin" and len(values) == 1:
        return f"{_called(name)} is not {values[0]}"
    return f"{_called(name)} {known[op.op]} {_listed(values, joint)}"


def _number(name: str, op: nodes.Operand) -> str:
    number = op.expr.value if isinstance(op.expr, nodes.Const) else None
    if isinstance(number, bool) or not isinstance(number, int | float) or op.op not in _COMPARED:
        raise _Unsaid
    if (name, op.op, number) == ("contract.days_left", "gt", 0):
        return "the contract still runs"
    how, at = _COMPARED[op.op], number
    if op.op == "gt" and number == 0 and name.endswith((".count", ".replies")):
        how, at = "at least", 1
    return _NUMBERS[name](how, at)


def _true(one: nodes.Node, *, holds: bool) -> str:
    name = _name(one)
    if name in _TRUE:
        return _TRUE[name][not holds]
    if name in _NUMBERS:
        raise _Unsaid
    return f"{_called(name)} is {'known' if holds else 'not known'}"


def _name(one: nodes.Node) -> str:
    """customer.attributes.plan, as it is written."""
    if isinstance(one, nodes.Name):
        return one.name
    if isinstance(one, nodes.Getattr):
        return f"{_name(one.node)}.{one.attr}"
    raise _Unsaid


def _called(name: str) -> str:
    group, _, rest = name.partition(".")
    if name in _NAMES:
        return _NAMES[name]
    own = rest.removeprefix("attributes.")
    if group == "customer" and own and (own != rest or own in _OWN):
        return f"their {own.replace('_', ' ')}"
    raise _Unsaid


def _value(name: str, one: nodes.Node) -> str:
    if not isinstance(one, nodes.Const) or one.value is None or isinstance(one.value, bool):
        raise _Unsaid
    value = str(one.value)
    return _VALUES[name](value) if name in _VALUES else value


def _listed(words: Sequence[str], joint: str = "or") -> str:
    if joint == "nor":
        return " nor ".join(words)
    return f"{', '.join(words[:-1])} {joint} {words[-1]}" if len(words) > 1 else words[0]


def _days(number: float) -> str:
    return _some(number, "day")


def _some(number: float, unit: str) -> str:
    return so_many(number, unit)  # type: ignore[arg-type]  # half an hour is several as well
