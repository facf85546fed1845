"""The closed Jinja in which account owners' conditions and templates are compiled.

Two fences: `template_faults` and `expression_faults` refuse everything outside a short list before
anything is compiled; the environment itself reads nothing but the keys of plain dicts.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

from jinja2 import StrictUndefined, TemplateSyntaxError, Undefined, UndefinedError, nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.filters import FILTERS as JINJA_FILTERS
from jinja2.parser import Parser
from jinja2.runtime import LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.tests import TESTS as JINJA_TESTS
from markupsafe import escape

from contacts.cadences.allowed import LOOP_NAMES, Names, faults_of
from contacts.cadences.template_remedies import with_remedy

SIZE_LIMIT = 256 * 1024
"""Bytes of one template; the longest mail we know is a tenth of it."""

_LONGEST_IN_A_LINK = 2_000

_SAFE_FILTERS = (
    "upper", "lower", "title", "capitalize", "trim", "length", "first", "last", "int",
)  # fmt: skip
_SAFE_TESTS = ("defined", "undefined", "none", "true", "false", "number", "string", "even", "odd")


@dataclass(frozen=True, slots=True)
class TemplateFault:
    line: int  # from 1
    message: str


def sandboxed_environment(*, autoescape: bool) -> "DataEnvironment":
    """A closed environment; callers may add filters that neither call nor multiply their input."""
    environment = DataEnvironment(
        autoescape=autoescape,
        undefined=StrictUndefined,
        finalize=_printable,
    )
    environment.globals.clear()
    environment.filters = {name: JINJA_FILTERS[name] for name in _SAFE_FILTERS} | _OUR_FILTERS
    environment.tests = {name: JINJA_TESTS[name] for name in _SAFE_TESTS}
    return environment


class _Printing(CodeGenerator):
    """Prints by the environment's own two functions: half of what Jinja's way costs a message.

    Should a version of Jinja not call these hooks, it prints in its own way, with the same result.
    """

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        self.write("environment.escaped(" if frame.eval_ctx.autoescape else "environment.printed(")

    def _output_child_post(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        self.write(")")


class DataEnvironment(ImmutableSandboxedEnvironment):
    """A sandbox in which a dot or a bracket reads a key of a plain dict and nothing else."""

    code_generator_class = _Printing

    def getattr(self, obj: Any, attribute: str) -> Any:
        if type(obj) is dict:
            if attribute in obj:
                return obj[attribute]
        elif isinstance(obj, LoopContext) and attribute in LOOP_NAMES:
            return getattr(obj, attribute)
        return self.undefined(obj=obj, name=attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        return self.getattr(obj, argument)

    @staticmethod
    def printed(value: Any) -> str:
        """A value in a text; nothing is printed where nothing is known."""
        return value if type(value) is str else str(_printable(value))

    @staticmethod
    def escaped(value: Any) -> str:
        """The same in HTML."""
        if type(value) is str:
            return _escaped(value)
        return str(value) if type(value) is int else escape(_printable(value))


def template_faults(
    source: str,
    *,
    names: Names,
    filters: Collection[str] = (),
    bases: str = "email/_base/",
) -> list[TemplateFault]:
    """What is wrong with a template, by line; empty if it may be compiled.

    `names` is what it may use, as `facts.vocabulary()` gives it; `filters` come on top of the
    sandbox's own; `extends` may only name a file directly in the folder `bases`.
    """
    if len(source.encode()) > SIZE_LIMIT:
        return [TemplateFault(1, f"the file is too large; the limit is {SIZE_LIMIT // 1024} KiB")]
    environment = sandboxed_environment(autoescape=False)
    return _faults(lambda: environment.parse(source), environment, names, filters, bases)


def expression_faults(source: str, *, names: Names) -> list[str]:
    """What is wrong with a condition; empty if it may be compiled."""
    if not source.strip():
        return ["the condition is empty"]
    if len(source) > SIZE_LIMIT:
        return ["the condition is too long"]
    environment = sandboxed_environment(autoescape=False)

    def parse() -> nodes.Expr:
        parser = Parser(environment, source, state="variable")
        expression = parser.parse_expression()
        if not parser.stream.eos:
            raise TemplateSyntaxError(
                f"unexpected '{parser.stream.current.value}'", parser.stream.current.lineno
            )
        return expression

    return [fault.message for fault in _faults(parse, environment, names, (), "")]


def _faults(
    parse: Callable[[], nodes.Node],
    environment: DataEnvironment,
    names: Names,
    filters: Collection[str],
    bases: str,
) -> list[TemplateFault]:
    try:
        tree = parse()
    except TemplateSyntaxError as error:
        message = with_remedy(error.message or "cannot be read")
        return [TemplateFault(error.lineno, message)]
    except RecursionError:
        return [TemplateFault(1, "too many brackets inside one another; this is not allowed")]
    except ValueError:  # a number of thousands of digits
        return [TemplateFault(1, "a number in it is too large")]
    known = {*environment.filters, *filters}
    return [
        TemplateFault(line, message)
        for line, message in faults_of(
            tree, names=names, filters=known, tests=environment.tests, bases=bases
        )
    ]


@lru_cache(maxsize=1024)
def _escaped(words: str) -> str:
    """Of plain strings alone: Markup equals its words, and must not be escaped again."""
    return str(escape(words))


def _printable(value: Any) -> Any:
    if value is None:
        raise UndefinedError("an empty value would be printed")
    return value


def _default(value: Any, fallback: Any = "") -> Any:
    """Facts that are not known are empty texts or None; both count as missing, 0 does not."""
    if isinstance(value, Undefined) or value is None or value == "":
        return fallback
    return value


def _round(value: float | Decimal, digits: int = 0) -> Any:
    if not 0 <= digits <= 6:
        raise ValueError("round: digits go from 0 to 6")
    return round(value, digits) if digits else round(value)


def _truncate(value: Any, length: int = 100, end: str = "…") -> str:
    text = str(value)
    if len(text) <= length:
        return text
    cut = text[: max(length - len(end), 0)]
    return cut.rsplit(" ", 1)[0].rstrip() + end


def _urlencode(value: Any) -> str:
    text = str(value)
    if len(text) > _LONGEST_IN_A_LINK:
        raise ValueError(f"urlencode: no link takes more than {_LONGEST_IN_A_LINK} characters")
    return str(JINJA_FILTERS["urlencode"](text))


_OUR_FILTERS: dict[str, Callable[..., Any]] = {
    "default": _default,
    "urlencode": _urlencode,
    "round": _round,
    "truncate": _truncate,
}
