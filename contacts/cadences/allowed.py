"""Which parts of Jinja a condition or template may use, and what to say about the others."""

import re
from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches

from jinja2 import nodes
from jinja2.filters import FILTERS as JINJA_FILTERS

Names = Mapping[str, Collection[str] | None]
"""What may be named: a group with its keys, or None for a single value or a list."""

OPEN_GROUPS = frozenset({"customer.attributes"})
"""Groups whose keys nobody can list: the further columns of the customers' CSV."""

LISTS = frozenset({"recap.items", "recap.best", "recap.kinds", "recap.worth"})
"""Parts of groups that a loop may go through."""

LOOP_NAMES = frozenset({"index", "first", "last", "length"})
DEPTH_LIMIT = 50
PARTS_LIMIT = 5_000
"""Nodes of one syntax tree; the longest message we know has a thousand."""

FILTERS_LIMIT = 8
"""Filters inside one another, as in a chain; Python compiles each inside the one before."""

JOINED_LIMIT = 50
"""Values that `~` puts together at once; they are one piece, which cannot be stopped half way."""

BRANCHES_LIMIT = 100
"""`elif` in one choice; Python compiles each inside the one before."""


_ONE_BRACKET = re.compile(r"\{ *((\w+)\.\w+(?:\.\w+)*) *\}{1,2}")
_PLAIN = (
    nodes.Template, nodes.Output, nodes.Const, nodes.And, nodes.Or, nodes.Not,
    nodes.Compare, nodes.Operand, nodes.CondExpr, nodes.If, nodes.Block, nodes.Concat, nodes.Add,
    nodes.Sub, nodes.Neg, nodes.List, nodes.Tuple,
)  # fmt: skip
_WORDS: dict[type[nodes.Node], str] = {
    nodes.Call: "calling a function",
    nodes.Mul: "'*'",
    nodes.Div: "'/'",
    nodes.FloorDiv: "'//'",
    nodes.Mod: "'%'",
    nodes.Pow: "'**'",
    nodes.Include: "include",
    nodes.Import: "import",
    nodes.FromImport: "import",
    nodes.Macro: "macro",
    nodes.CallBlock: "call",
    nodes.Assign: "set",
    nodes.AssignBlock: "set",
    nodes.With: "with",
    nodes.FilterBlock: "filter",
    nodes.ScopedEvalContextModifier: "autoescape",
    nodes.Dict: "a dict",
}
Found = Iterator[tuple[int, str]]


def faults_of(
    tree: nodes.Node,
    *,
    names: Names,
    filters: Collection[str],
    tests: Collection[str],
    bases: str,
) -> list[tuple[int, str]]:
    """Line and message of everything that is not allowed or not known, in order of appearance."""
    return list(_Reading(names, filters, tests, bases).faults(tree))


class _Reading:
    def __init__(
        self, names: Names, filters: Collection[str], tests: Collection[str], bases: str
    ) -> None:
        self.names = names
        self.filters = filters
        self.tests = tests
        self.bases = bases
        self.loop_variable: str | None = None
        self.around: list[str] = []
        """The filters that what is read stands in."""
        self.depth = 0
        self.parts = 0

    def faults(self, node: nodes.Node) -> Found:
        if self.depth > DEPTH_LIMIT:
            yield node.lineno, "too many parts inside one another; this is not allowed"
            return
        self.parts += 1
        if self.parts > PARTS_LIMIT:
            if self.parts == PARTS_LIMIT + 1:
                yield node.lineno, "too many parts in one file; this is not allowed"
            return
        self.depth += 1
        yield from self._node(node)
        self.depth -= 1

    def _node(self, node: nodes.Node) -> Found:
        if isinstance(node, nodes.If) and len(node.elif_) > BRANCHES_LIMIT:
            yield node.lineno, f"more than {BRANCHES_LIMIT} elif in one choice are not allowed"
        elif isinstance(node, nodes.Concat) and len(node.nodes) > JOINED_LIMIT:
            yield node.lineno, f"more than {JOINED_LIMIT} values joined by '~' are not allowed"
        elif isinstance(node, nodes.TemplateData):
            yield from self._data(node)
        elif isinstance(node, _PLAIN):
            yield from self._children(node)
        elif isinstance(node, nodes.Name | nodes.Getattr | nodes.Getitem):
            yield from self._dotted(node)
        elif isinstance(node, nodes.Filter):
            yield from self._filter(node)
        elif isinstance(node, nodes.Test):
            yield from self._test(node)
        elif isinstance(node, nodes.For):
            yield from self._for(node)
        elif isinstance(node, nodes.Extends):
            yield from self._extends(node)
        else:
            words = _WORDS.get(type(node), type(node).__name__.lower())
            yield node.lineno, f"{words} is not allowed here"

    def _data(self, node: nodes.TemplateData) -> Found:
        """A fact in too few brackets is no fault of Jinja's: it would be sent as it stands."""
        for found in _ONE_BRACKET.finditer(node.data):
            if found[2] in self.names:
                line = node.lineno + node.data.count("\n", 0, found.start())
                yield line, f"'{found[0]}' would be sent as it stands; write {{{{ {found[1]} }}}}"

    def _children(self, node: nodes.Node) -> Found:
        for child in node.iter_child_nodes():
            yield from self.faults(child)

    def _dotted(self, node: nodes.Expr) -> Found:
        parts = _parts(node)
        if parts is None:
            yield (
                node.lineno,
                "only names such as customer.first_name can be read; this is not allowed",
            )
            return
        name = ".".join(parts)
        if any(part.startswith("_") for part in parts):
            yield node.lineno, f"{name} is not allowed: a name here never begins with '_'"
        elif (message := self._unknown(parts, name)) is not None:
            yield node.lineno, message

    def _unknown(self, parts: list[str], name: str) -> str | None:
        if self.loop_variable is not None and self._in_loop(parts):
            return None
        if parts[0] not in self.names:
            return self._suggest(name)
        keys = self.names[parts[0]]
        if keys is None:
            return f"{name} is not known; {parts[0]} has no parts" if len(parts) > 1 else None
        if len(parts) == 1:
            return f"{name} is a group; name a part of it, such as {name}.{min(keys)}"
        if parts[1] not in keys:
            return self._suggest(name)
        return _depth_fault(parts, name)

    def _in_loop(self, parts: list[str]) -> bool:
        if parts[0] == "loop":
            return len(parts) == 2 and parts[1] in LOOP_NAMES
        return parts[0] == self.loop_variable and len(parts) <= 2

    def _suggest(self, name: str) -> str:
        group, _, key = name.partition(".")
        if keys := self.names.get(group):
            near = [f"{group}.{one}" for one in get_close_matches(key, keys)]
            rest = f"{group} has {_listed(sorted(keys))}"
        else:
            near = get_close_matches(name, _all_names(self.names), cutoff=0.55)
            rest = f"there are {_listed(sorted(self.names))}; a text stands in quotes: '{name}'"
        return f"{name} is not known; " + (
            f"did you mean {_listed(near, ' or ')}?" if near else rest
        )

    def _filter(self, node: nodes.Filter) -> Found:
        if node.name not in self.filters:
            yield node.lineno, _unknown_filter(node.name, self.filters)
        if len(self.around) == FILTERS_LIMIT:
            yield node.lineno, f"more than {FILTERS_LIMIT} filters on one value are not allowed"
        elif node.name == "urlencode" and node.name in self.around:
            yield node.lineno, "urlencode on what went through urlencode is not allowed"
        else:
            self.around.append(node.name)
            yield from self._children(node)
            self.around.pop()

    def _test(self, node: nodes.Test) -> Found:
        if node.name not in self.tests:
            known = _listed(sorted(self.tests))
            yield node.lineno, f"'is {node.name}' is not known; there are {known}"
        yield from self._children(node)

    def _for(self, node: nodes.For) -> Found:
        if self.loop_variable is not None or node.recursive:
            yield node.lineno, "a loop inside a loop is not allowed"
            return
        parts = _parts(node.iter) if isinstance(node.iter, nodes.Expr) else None
        if not isinstance(node.target, nodes.Name) or parts is None:
            yield node.lineno, "this kind of loop is not allowed; write {% for one in list %}"
            return
        if not self._is_list(parts):
            yield node.lineno, f"a loop over {'.'.join(parts)} is not allowed: it is not a list"
            return
        self.loop_variable = node.target.name
        for part in (*node.body, *([node.test] if node.test else [])):
            yield from self.faults(part)
        self.loop_variable = None
        for part in node.else_:
            yield from self.faults(part)

    def _is_list(self, parts: list[str]) -> bool:
        if len(parts) == 1:
            return self.names.get(parts[0], ()) is None
        return ".".join(parts) in LISTS and parts[1] in (self.names.get(parts[0]) or ())

    def _extends(self, node: nodes.Extends) -> Found:
        name = node.template.value if isinstance(node.template, nodes.Const) else None
        if self.bases and re.fullmatch(re.escape(self.bases) + r"[a-z0-9_-]+\.html", str(name)):
            return
        where = f"; only a file of {self.bases} can be extended" if self.bases else ""
        yield node.lineno, f"extends is not allowed here{where}"


def _parts(node: nodes.Expr) -> list[str] | None:
    """`customer.attributes.plan` and `customer.attributes["plan"]` as their three parts."""
    if isinstance(node, nodes.Name):
        return [node.name]
    if isinstance(node, nodes.Getattr):
        key = node.attr
    elif isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const):
        key = node.arg.value
    else:
        return None
    inner = _parts(node.node)
    return None if inner is None or not isinstance(key, str) else [*inner, key]


def _all_names(names: Names) -> list[str]:
    return [
        f"{group}.{key}" if key else group for group, keys in names.items() for key in keys or [""]
    ]


def _depth_fault(parts: list[str], name: str) -> str | None:
    group = ".".join(parts[:2])
    if group in OPEN_GROUPS:
        if len(parts) == 3:
            return None
        return f"{name}: name one column of the customers' CSV, such as {group}.plan"
    return f"{name} is not known; {group} has no parts" if len(parts) > 2 else None


def _unknown_filter(name: str, filters: Collection[str]) -> str:
    if name in JINJA_FILTERS:
        return f"the filter '{name}' is not allowed; there are {_listed(sorted(filters))}"
    near = get_close_matches(name, filters, n=1)
    hint = f"did you mean '{near[0]}'?" if near else f"there are {_listed(sorted(filters))}"
    return f"the filter '{name}' is not known; {hint}"


def _listed(words: Collection[str], joint: str = ", ") -> str:
    return joint.join(words)
