"""An address wherever it may stand in a text: as it is, or as a part of a page's URL."""

import re
from collections.abc import Collection, Iterable
from functools import lru_cache
from typing import Any

import orjson

STRUCK_OUT = "[erased]"


@lru_cache(maxsize=256)
def pattern(address: str) -> re.Pattern[str]:
    """The address, and never a part of a longer one."""
    local, at, domain = address.partition("@")
    if not at:
        return re.compile(rf"(?<!\d)(?:\+|%2B)?{re.escape(address.removeprefix('+'))}(?!\d)")
    whole = rf"{re.escape(local)}(?:@|%40){re.escape(domain)}"
    return re.compile(rf"(?<![\w.+%-]){whole}(?![\w-]|\.\w)", re.IGNORECASE)


def needles(addresses: Iterable[str]) -> list[str]:
    """What a database, or a file, can be searched for: a text with none of it has no address."""
    found: list[str] = []
    for address in addresses:
        found.append(address.removeprefix("+"))
        if "@" in address:
            found.append(address.replace("@", "%40"))
    return found


def struck_out(value: Any, addresses: Iterable[str]) -> Any:
    """The value, a text or what JSON can say, without these addresses."""
    text = as_text(value)
    for address in addresses:
        text = pattern(address).sub(STRUCK_OUT, text)
    return text if isinstance(value, str) else orjson.loads(text)


def mentioned_in(values: Iterable[Any], addresses: Collection[str]) -> bool:
    """Whether one of these values holds one of these addresses."""
    texts = [as_text(value) for value in values if isinstance(value, str | dict | list)]
    return any(pattern(one).search(text) for one in addresses for text in texts)


def as_text(value: Any) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()
