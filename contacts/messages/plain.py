"""Makes a mail's plain text from its HTML, as a template, once, when the message is loaded."""

import re
from collections.abc import Sequence
from dataclasses import replace

from inscriptis import Inscriptis
from inscriptis.css_profiles import STRICT_CSS_PROFILE
from inscriptis.model.config import ParserConfig
from lxml import etree  # type: ignore[import-untyped]  # lxml brings no types
from lxml.html import (  # type: ignore[import-untyped]  # lxml brings no types
    HtmlElement,
    document_fromstring,
)

from contacts.messages.masked import mask, masks_in, number_of, unmask, without_masks
from contacts.messages.pieces import Piece
from contacts.messages.rendered import MessageError

_BLOCKS = ("p", "div", "h1", "h2", "h3", "table", "ul", "ol", "hr", "blockquote")


def plain(pieces: Sequence[Piece]) -> list[Piece]:
    """The pieces of the text part; what only pleases the eye (banner, preheader) is left out."""
    tree = _tree(mask(pieces))
    _drop_ornaments(tree)
    _spell_out_links(tree, pieces)
    _space_out(tree)
    _unfold_tables(tree)
    _mark_rules(tree)
    text = Inscriptis(tree, ParserConfig(css=STRICT_CSS_PROFILE)).get_text()
    text = re.sub(r"\s*\n\s*\n\s*\n", "\n\n", text).strip() + "\n"
    _check_order(text, pieces)
    return [_inert(piece) for piece in unmask(_joined(text, pieces), pieces)]


def _tree(masked: str) -> HtmlElement:
    whole = "<html" in masked.lower()
    return document_fromstring(masked if whole else f"<html><body>{masked}</body></html>")


def _drop_ornaments(tree: HtmlElement) -> None:
    for element in tree.xpath(
        '//head | //comment() | //*[@role="banner"] | //*[@aria-hidden="true"]'
    ):
        if element.getparent() is not None:  # a note before the page has none
            element.drop_tree()


def _spell_out_links(tree: HtmlElement, pieces: Sequence[Piece]) -> None:
    """`<a href="https://x">Begin</a>` reads "Begin <https://x>"."""
    for link in tree.iter("a"):
        address = (link.get("href") or "").strip()
        words = "".join(link.itertext()).strip()
        if address and not _same(address.removeprefix("mailto:"), words, pieces):
            _append(link, f" <{address.removeprefix('mailto:')}>")


def _same(address: str, words: str, pieces: Sequence[Piece]) -> bool:
    return _unmasked(address, pieces) == _unmasked(words, pieces)


def _unmasked(text: str, pieces: Sequence[Piece]) -> str:
    return "".join(piece.text for piece in unmask(text, pieces))


def _append(element: HtmlElement, text: str) -> None:
    if len(element):
        element[-1].tail = (element[-1].tail or "") + text
    else:
        element.text = (element.text or "") + text


def _space_out(tree: HtmlElement) -> None:
    """Lists and tables stand apart from what is around them, as paragraphs do."""
    for element in list(tree.iter("ul", "ol", "table", "blockquote")):
        if element.get("role") == "presentation" or element.getparent().tag == "li":
            continue
        for put in (element.addprevious, element.addnext):
            empty = etree.Element("p")
            empty.text = "\xa0"
            put(empty)


def _unfold_tables(tree: HtmlElement) -> None:
    """Values are longer or shorter than what stands for them, so columns cannot be lined up."""
    for row in tree.iter("tr"):
        cells = [cell for cell in row if cell.tag in ("td", "th")]
        if len(cells) > 1 and not any(_holds_blocks(cell) for cell in cells):
            _put_in_line(cells)
    for element in tree.iter("table", "thead", "tbody", "tfoot", "tr", "td", "th"):
        element.tag = "div"


def _holds_blocks(cell: HtmlElement) -> bool:
    return any(True for _ in cell.iter(*_BLOCKS))


def _put_in_line(cells: list[HtmlElement]) -> None:
    """A label and its value read "Plan: gold", any other row "12 May · 3 items"."""
    labelled = [cell.tag for cell in cells] == ["th", "td"]
    for number, cell in enumerate(cells):
        cell.tag = "span"
        cell.tail = "".join(masks_in(cell.tail or ""))
        if number:
            cell.text = (": " if labelled else " · ") + (cell.text or "").lstrip()


def _mark_rules(tree: HtmlElement) -> None:
    for rule in tree.iter("hr"):
        rule.tag = "p"
        rule.text = "* * *"
    for footer in tree.xpath('//*[@role="contentinfo"]'):
        for paragraph in footer.iter("p"):
            paragraph.tag = "div"
        line = etree.Element("div")
        line.text = "--"
        footer.insert(0, line)


def _check_order(text: str, pieces: Sequence[Piece]) -> None:
    numbers = [number_of(character) for character in masks_in(text)]
    statements = [number for number in numbers if pieces[number].kind == "statement"]
    if statements != sorted(statements):
        place = pieces[statements[0]]
        raise MessageError(
            place.path, place.line, "the plain text cannot be made from this; write a body.txt"
        )


def _joined(text: str, pieces: Sequence[Piece]) -> str:
    """A line of nothing but statements gives up its end, so that it leaves no empty line."""
    lines = []
    for line in text.splitlines(keepends=True):
        only = masks_in(line) and not without_masks(line).strip()
        if only and all(pieces[number_of(one)].kind == "statement" for one in masks_in(line)):
            lines.append("".join(masks_in(line)))
        else:
            lines.append(line)
    return "".join(lines)


def _inert(piece: Piece) -> Piece:
    """`&#123;&#123;` in HTML is a brace to read; in the text it must not become a tag."""
    if piece.kind != "text" or "{" not in piece.text:
        return piece
    return replace(piece, text=piece.text.replace("{", "{{ '{' }}"))
