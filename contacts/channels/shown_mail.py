"""A message as a page of ours shows it: links that open beside the page, and lead to where we are.

A rehearsal may move to another port between a message and its reading (somebody else took the one
of before); a link to a page of ours on this machine then leads to where that page is now. A link
that leads anywhere else stays as it was sent.
"""

import re

_OPENS_BESIDE = '<base target="_blank">'
_HEAD = re.compile(r"<head\b[^<>]*>", re.IGNORECASE)
_PAGE_OF_OURS = re.compile(r"http://127\.0\.0\.1:\d{1,5}(?=/[upvcl]/)")


def opening_beside(html: str) -> str:
    """The mail with every link opening a page of its own, where whoever frames it allows that."""
    head = _HEAD.search(html)
    at = head.end() if head else 0  # before a doctype it would have the mail drawn by old rules
    return f"{html[:at]}{_OPENS_BESIDE}{html[at:]}"


def led_here(words: str, here: str) -> str:
    """The words, HTML or text, with links to our pages on this machine leading to `here`."""
    return _PAGE_OF_OURS.sub(lambda _: here.rstrip("/"), words)
