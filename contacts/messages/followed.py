"""Leads the links of a mail through our own address, which sends on to where each one points."""

import re
from collections.abc import Callable, Sequence
from html import escape, unescape

from contacts.messages.rendered import RenderedEmail

_ANCHOR = re.compile(r"""(<a\s[^>]*?\bhref\s*=\s*)(["'])(https?://[^"']+)\2""", re.IGNORECASE)
_IN_TEXT = re.compile(r"https?://[^\s<>\"']+", re.IGNORECASE)
_BEHIND = re.compile(r"[.,;:!?\])}]+$")
"""What ends a sentence, and not the address before it."""


def lead_through(
    words: RenderedEmail, *, ours: Sequence[str], address_of: Callable[[int], str]
) -> list[str]:
    """Give every link of the mail the address of its number; return what they point at, from 0.

    Links that begin with one of `ours` stay as they are. The words of the mail are changed.
    """
    targets: dict[str, int] = {}

    def led(target: str) -> str | None:
        if target.startswith(tuple(ours)):
            return None
        return address_of(targets.setdefault(target, len(targets)))

    def in_html(found: re.Match[str]) -> str:
        address = led(unescape(found[3]))
        return found[0] if address is None else f"{found[1]}{found[2]}{escape(address)}{found[2]}"

    def in_text(found: re.Match[str]) -> str:
        behind = _BEHIND.search(found[0])
        end = behind.start() if behind and "(" not in found[0] else len(found[0])
        address = led(found[0][:end])
        return found[0] if address is None else address + found[0][end:]

    words.html = _ANCHOR.sub(in_html, words.html)
    words.text = _IN_TEXT.sub(in_text, words.text)
    return list(targets)
