"""Writes the style sheet into every tag's style attribute, once, when a message is loaded.

Doing it for each mail would cost as much as rendering it. Only the styles are taken from the
inliner's answer: the message's own source is otherwise left as its author wrote it.
"""

import re
from collections.abc import Sequence
from html import escape
from html.parser import HTMLParser

from css_inline import CSSInliner

from contacts.messages.markup import StartTag, start_tags
from contacts.messages.masked import mask, unmask, without_masks
from contacts.messages.pieces import Piece

_MARK = "data-touchline"
_STYLE = re.compile(r"""\s+style\s*=\s*("[^"]*"|'[^']*')""", re.IGNORECASE)


def styled(pieces: Sequence[Piece], css: str) -> list[Piece]:
    """The pieces with the styles of `css` in the tags; style sheets inside the mail stay there."""
    masked = mask(pieces)
    tags = list(start_tags(masked))
    styles = _styles_of(without_masks(_marked(masked, tags)), css)
    parts = []
    last = 0
    for number, tag in enumerate(tags):
        parts.append(masked[last : tag.position])
        parts.append(_with_style(masked[tag.position : tag.end], styles.get(number)))
        last = tag.end
    return unmask("".join([*parts, masked[last:]]), pieces)


def _marked(masked: str, tags: Sequence[StartTag]) -> str:
    parts = []
    last = 0
    for number, tag in enumerate(tags):
        name_end = tag.position + 1 + len(tag.name)
        parts.append(f'{masked[last:name_end]} {_MARK}="{number}"')
        last = name_end
    return "".join([*parts, masked[last:]])


def _styles_of(marked: str, css: str) -> dict[int, str]:
    inliner = CSSInliner(extra_css=css, inline_style_tags=False, load_remote_stylesheets=False)
    reader = _StyleReader()
    reader.feed(inliner.inline(marked))
    reader.close()
    return reader.styles


class _StyleReader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.styles: dict[int, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        number, style = found.get(_MARK), found.get("style")
        if number is not None and style:
            self.styles[int(number)] = _compact(style)


def _compact(style: str) -> str:
    return re.sub(r"\s*([:;,])\s*", r"\1", style).strip().rstrip(";")


def _with_style(tag: str, style: str | None) -> str:
    if style is None:
        return tag
    bare = _STYLE.sub("", tag, count=1)
    end = -2 if bare.endswith("/>") else -1
    value = escape(style, quote=False).replace('"', "&quot;")
    return f'{bare[:end].rstrip()} style="{value}"{bare[end:]}'
