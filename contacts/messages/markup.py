"""What a mail's HTML may contain: whole tags, quoted values, links that open a page or a mail."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from contacts.messages.filters import LINK_SCHEMES
from contacts.messages.masked import MASK, filtered, mask, masks_in, number_of, place_of
from contacts.messages.pieces import Piece
from contacts.messages.rendered import MessageError

_START_TAG = re.compile(
    r"""<!--.*?-->|<(?P<verbatim>style|title|textarea)\b[^>]*+>(?P<words>.*?)</(?P=verbatim)\s*>"""
    r"""|<(?P<name>[a-zA-Z][a-zA-Z0-9:-]*)(?P<attributes>(?:[^<>"']|"[^"]*"|'[^']*')*+)>""",
    re.DOTALL | re.IGNORECASE,
)
_ATTRIBUTE = re.compile(
    r"""(?P<name>[^\s=>"'/]+)(?:\s*=\s*(?P<value>"[^"]*"|'[^']*'|[^\s"'>]+))?""", re.DOTALL
)
_LINKS = frozenset({"href", "src", "action", "formaction", "background", "poster", "srcset"})
_FIXED = frozenset({"class", "id", "style"})
_FORBIDDEN = frozenset(
    {"script", "iframe", "frame", "object", "embed", "applet", "form", "base", "link", "textarea"}
)


@dataclass(frozen=True, slots=True)
class Attribute:
    name: str  # in lower case
    value: str  # without its quotes, masked
    quoted: bool
    position: int  # in the masked text


@dataclass(frozen=True, slots=True)
class StartTag:
    name: str  # in lower case
    position: int
    end: int
    attributes: list[Attribute]


def start_tags(masked: str) -> Iterator[StartTag]:
    """Every start tag outside comments, style sheets and the title, in order."""
    for match in _START_TAG.finditer(masked):
        if match["name"]:
            begin = match.start("attributes")
            found = [_attribute(one, begin) for one in _ATTRIBUTE.finditer(match["attributes"])]
            yield StartTag(match["name"].lower(), match.start(), match.end(), found)


def checked_markup(pieces: list[Piece]) -> list[Piece]:
    """The same pieces, every link from a value guarded; MessageError at the first fault."""
    masked = mask(pieces)
    guarded = list(pieces)
    try:
        _check_whole(masked)
        _check_style_sheets(masked)
        for tag in start_tags(masked):
            _check_tag(tag, guarded)
    except _Fault as fault:
        path, line = place_of(fault.position, pieces)
        raise MessageError(path, line, fault.message) from None
    return guarded


class _Fault(Exception):
    def __init__(self, position: int, message: str) -> None:
        super().__init__(message)
        self.position = position
        self.message = message


def _attribute(match: re.Match[str], begin: int) -> Attribute:
    value = match["value"] or ""
    quoted = value[:1] in ("'", '"') and value != ""
    position = begin + match.start()
    inner = value[1:-1] if quoted else value
    return Attribute(match["name"].lower(), inner, quoted, position)


def _check_whole(masked: str) -> None:
    """A tag that is cut short would slip past every other check."""
    rest = _START_TAG.sub(lambda match: " " * len(match[0]), masked)
    if cut := re.search(r"<[a-zA-Z]", rest):
        raise _Fault(cut.start(), "this tag has no end, or a quote in it is not closed")


def _check_style_sheets(masked: str) -> None:
    for match in _START_TAG.finditer(masked):
        name = (match["verbatim"] or "").lower()
        if name == "style" and masks_in(match[0]):
            raise _Fault(match.start(), "a style sheet is fixed text; nothing is filled in there")
        if name == "textarea":
            raise _Fault(match.start(), "<textarea> is not allowed in a mail")


def _check_tag(tag: StartTag, pieces: list[Piece]) -> None:
    if tag.name in _FORBIDDEN:
        raise _Fault(tag.position, f"<{tag.name}> is not allowed in a mail")
    for attribute in tag.attributes:
        _check_attribute(tag, attribute)
        if attribute.name in _LINKS:
            _check_link(attribute, pieces)


def _check_attribute(tag: StartTag, attribute: Attribute) -> None:
    if attribute.name.startswith("on"):
        raise _Fault(attribute.position, f"'{attribute.name}' is not allowed in a mail")
    if masks_in(attribute.name) or (not attribute.quoted and masks_in(attribute.value)):
        raise _Fault(
            attribute.position,
            f"inside <{tag.name} …> only a value in quotes is filled in; "
            "put {% if %} around the whole tag",
        )
    if attribute.name in _FIXED and masks_in(attribute.value):
        raise _Fault(
            attribute.position,
            f"'{attribute.name}' is fixed text; put {{% if %}} around the whole tag",
        )


def _check_link(attribute: Attribute, pieces: list[Piece]) -> None:
    value = attribute.value.strip()
    if value.lower().startswith(LINK_SCHEMES):
        return
    if re.match(f"[{MASK}]", value):
        number = number_of(value[0])
        if pieces[number].kind == "print":
            pieces[number] = filtered(pieces[number], "link")
            return
        raise _Fault(attribute.position, "put {% if %} around the whole tag, not inside its link")
    raise _Fault(
        attribute.position,
        f"the link '{value[:40]}' does not begin with https://, http:// or mailto:",
    )
