"""How many segments an SMS is billed as."""

from dataclasses import dataclass
from typing import Literal

# 3GPP TS 23.038, section 6.2.1: the default alphabet, and its extension where each costs two units.
_GSM_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_EXTENDED = frozenset("^{}\\[~]|€\f")


@dataclass(frozen=True, slots=True)
class Segments:
    encoding: Literal["GSM-7", "UCS-2"]
    units: int  # septets, or UTF-16 code units
    count: int  # what the provider bills


def sms_segments(text: str) -> Segments:
    """One character outside GSM-7 turns the whole text to UCS-2, which holds less than half."""
    characters = set(text)
    if characters <= _GSM_BASIC:
        return Segments("GSM-7", len(text), _count(len(text), single=160, joined=153))
    if characters <= _GSM_BASIC | _GSM_EXTENDED:
        return Segments("GSM-7", *_extended(text))
    return Segments("UCS-2", *_wide(text))


def _extended(text: str) -> tuple[int, int]:
    """An escaped character is never split between two segments."""
    sizes = [2 if character in _GSM_EXTENDED else 1 for character in text]
    return _packed(sizes, single=160, joined=153)


def _wide(text: str) -> tuple[int, int]:
    """A surrogate pair is never split between two segments."""
    sizes = [2 if character > "\uffff" else 1 for character in text]
    return _packed(sizes, single=70, joined=67)


def _packed(sizes: list[int], *, single: int, joined: int) -> tuple[int, int]:
    units = sum(sizes)
    if units <= single:
        return units, min(units, 1)
    count, used = 1, 0
    for size in sizes:
        if used + size > joined:
            count, used = count + 1, 0
        used += size
    return units, count


def _count(units: int, *, single: int, joined: int) -> int:
    return min(units, 1) if units <= single else -(-units // joined)
