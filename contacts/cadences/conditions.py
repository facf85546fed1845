"""Conditions of a cadence file: `customer.tier != 'trial'`, checked when the file is read.

What an account owner may rely on:

- An unknown value (None, or a column that this customer's CSV lacks) is neither before nor after,
  neither smaller nor greater than anything: `orders.days_since_last > 60` does not hold for someone
  who never ordered, and neither does `orders.days_since_last <= 60`.
- It equals nothing but `none`, so `!=` holds: `orders.last_on != today`.
- A condition never fails: where its parts cannot be computed for a customer, it does not hold.
"""

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from jinja2 import TemplateError, Undefined, nodes
from jinja2.environment import Template
from jinja2.parser import Parser
from jinja2.runtime import Context
from jinja2.visitor import NodeTransformer

from contacts.cadences.closed import impossible
from contacts.cadences.facts import CONDITION_NAMES, vocabulary
from contacts.cadences.kinds import mismatches
from contacts.cadences.sandbox import DataEnvironment, expression_faults, sandboxed_environment

LENGTH_LIMIT = 1000
_UNEXPECTED = {
    "'": "a quote opened here is not closed",
    '"': "a quote opened here is not closed",
    "&": "unexpected '&'; write 'and'",
    "|": "unexpected '|'; write 'or'",
    "!": "unexpected '!'; write 'not', or != to compare",
}


@dataclass(frozen=True, slots=True)
class ConditionFault:
    message: str
    offset: int | None = None  # characters from the start of the condition, where known


class ConditionError(Exception):
    """A condition that cannot be used, with every fault found in it."""

    def __init__(self, faults: list[ConditionFault]) -> None:
        super().__init__("; ".join(fault.message for fault in faults))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Condition:
    source: str
    _template: Template

    def holds(self, context: Mapping[str, Any]) -> bool:
        """Whether it is true of a customer; `context` is what `facts.as_context` gives."""
        template = self._template
        known = {name: context.get(name) for name in CONDITION_NAMES}
        state = Context(template.environment, known, template.name, template.blocks)
        try:
            for _ in template.root_render_func(state):
                pass  # it yields nothing, and runs only as a generator
        except (TemplateError, TypeError, ValueError, ArithmeticError):
            return False
        return bool(state.vars["holds"])


@lru_cache(maxsize=2048)
def compile_condition(source: str) -> Condition:
    """The condition written as `source`; ConditionError if it is none, or could never hold."""
    if len(source) > LENGTH_LIMIT:
        raise ConditionError([ConditionFault(f"is longer than {LENGTH_LIMIT} characters")])
    _raise_if_any(source, expression_faults(source, names=_names()))
    environment, expression = _environment(), expression_of(source)
    _raise_if_any(source, [*mismatches(expression), *impossible(expression)])
    return Condition(source, _template(environment, _Forgiving().visit(expression)))


def expression_of(source: str) -> nodes.Expr:
    """What is written, as a tree; TemplateError where it is no expression."""
    return Parser(_environment(), source, state="variable").parse_expression()


def _raise_if_any(source: str, messages: list[str]) -> None:
    if messages:
        raise ConditionError([_fault(source, message) for message in messages])


def _fault(source: str, message: str) -> ConditionFault:
    """The sandbox's message, with what would be right where Jinja only says what is wrong."""
    offset = _offset(source, message)
    if "{{" in source:
        return ConditionFault("a condition is written without {{ }}", source.index("{{"))
    if "end of" in message:
        return ConditionFault("ends too early; something is missing at its end", len(source) - 1)
    if found := re.match(r"unexpected char .(.). at (\d+)", message):
        character, offset = found[1], int(found[2])
        return ConditionFault(_UNEXPECTED.get(character, f"unexpected '{character}'"), offset)
    if "got '|'" in message:
        return ConditionFault(_UNEXPECTED["|"], source.find("||"))
    if message.startswith("unexpected '='"):
        return ConditionFault("unexpected '='; to compare, write ==", offset)
    return ConditionFault(message, offset)


def _offset(source: str, message: str) -> int | None:
    """Where the word stands that a message begins with or quotes."""
    quoted = re.search(r"'([^']+)'", message)
    for word in (message.split(" ")[0], quoted[1] if quoted else ""):
        if word and (found := re.search(rf"(?<![\w.]){re.escape(word)}", source)):
            return found.start()
    return None


@cache
def _names() -> dict[str, frozenset[str] | None]:
    known = vocabulary()
    return {name: known[name] for name in CONDITION_NAMES}


@cache
def _environment() -> DataEnvironment:
    environment = sandboxed_environment(autoescape=False)
    environment.undefined = Undefined  # a column that this customer's CSV lacks is not an error
    environment.tests = {**environment.tests, **_COMPARISONS}
    return environment


def _template(environment: DataEnvironment, expression: nodes.Expr) -> Template:
    assign = nodes.Assign(nodes.Name("holds", "store"), expression, lineno=1)
    tree = nodes.Template([assign], lineno=1)
    return environment.from_string(tree)


class _Forgiving(NodeTransformer):
    """Replaces every comparison by one that takes unknown values.

    Jinja compiles `a < b` to Python's own, which raises on None and would drag down the other half
    of an `or`.
    """

    def visit_Compare(self, node: nodes.Compare) -> nodes.Expr:  # noqa: N802  # Jinja's own form
        self.generic_visit(node)
        left = node.expr
        whole: nodes.Expr | None = None
        for operand in node.ops:
            right = operand.expr
            test = nodes.Test(left, operand.op, [right], [], None, None, lineno=node.lineno)
            whole = nodes.And(whole, test, lineno=node.lineno) if whole else test
            left = right
        return whole or node


def _ordered(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    return lambda one, other: (
        False if _unknown(one) or _unknown(other) else bool(compare(one, other))
    )


def _equal(one: Any, other: Any) -> bool:
    if _unknown(one) or _unknown(other):
        return _unknown(one) and _unknown(other)
    return bool(one == other)


def _within(one: Any, many: Any) -> bool:
    return not (_unknown(one) or _unknown(many)) and one in many


def _unknown(value: Any) -> bool:
    return value is None or isinstance(value, Undefined)


_COMPARISONS = {
    "eq": _equal,
    "ne": lambda one, other: not _equal(one, other),
    "lt": _ordered(operator.lt),
    "lteq": _ordered(operator.le),
    "gt": _ordered(operator.gt),
    "gteq": _ordered(operator.ge),
    "in": _within,
    "notin": lambda one, many: not _within(one, many),
}
