"""An answer in parts: what stands between two signs, and between two words that join sentences."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from contacts.channels.keywords.letters import plain, words_of
from contacts.channels.keywords.vocabulary import Vocabulary

NAME = 3
"""Words of a name."""
_LONGEST_REQUEST = 40
"""Words; a longer sentence tells a story."""
_ENDS = ".!?;\n\u2026\u0964\u3002\uff01\uff1f\u061f"  # also those of Hindi, Chinese and Arabic
_GOES_ON = ":,\uff0c\u060c"
# All patterns here read what `tidy` made, and never two repeats that may match the same.
_CLAUSE = re.compile(
    rf"([^{_ENDS}{_GOES_ON}]*?)(?:([{_ENDS}{_GOES_ON}]+)|\s[-\u2013\u2014]+\s|[\u2013\u2014]|$)"
)
_WRAPPED = re.compile(r"\n(?!\n)")
_ASKING, _ENDING = frozenset("?\uff1f\u061f"), frozenset(_ENDS)
# What stands below it is a name and an address, and asks for nothing.
_SIGNS_OFF = re.compile(
    r"\n(?:(?:with )?(?:(?:best|kind|warm|many)\s?)?(?:regards|wishes|greetings)|cheers|sincerely"
    r"|yours (?:truly|sincerely|faithfully)|mit (?:freundlichen|besten) grüßen"
    r"|(?:viele|liebe|beste) grüße"
    r"|mfg|lg|cordialement|bien à vous|saludos(?: cordiales)?|atentamente|un saludo|cordiali saluti"
    r"|distinti saluti|saluti|atenciosamente|abraços|met vriendelijke groeten?|mvg|groet(?:en|jes)?"
    r"|\u0441 уважением|з павагай|धन्यवाद|सादर) ?[,.!]?(?:\n|$)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Clause:
    """What stands between two signs."""

    words: tuple[str, ...]
    asks: bool
    ends: bool
    """Whether a sentence ends there; a comma goes on."""
    is_name: bool
    """Up to three words, each with a capital: perhaps who signs."""


def unwrapped(text: str) -> str:
    """The text with lines joined that a mail program may have broken."""
    return _WRAPPED.sub(" ", text)


def without_signature(text: str) -> str:
    found = _SIGNS_OFF.search(text)
    return text[: found.start()] if found and text[: found.start()].strip() else text


def clauses_of(text: str, known: Vocabulary) -> list[Clause]:
    found = []
    for raw, sign in _CLAUSE.findall(text):
        words = tuple(known.meant(word) for word in words_of(plain(raw)))
        if words:
            asks, ends = bool(_ASKING.intersection(sign)), bool(_ENDING.intersection(sign))
            found.append(Clause(words, asks=asks, ends=ends or not sign, is_name=_is_name(raw)))
    return found


def words_in(clauses: Iterable[Clause]) -> list[str]:
    return [word for clause in clauses for word in clause.words]


def padded(words: Iterable[str]) -> str:
    return f" {' '.join(words)} "


def stripped(words: Sequence[str], known: Vocabulary) -> str:
    """The words without those around them that change nothing."""
    first, last = 0, len(words)
    while first < last and words[first] in known.around:
        first += 1
    while last > first and words[last - 1] in known.around:
        last -= 1
    return " ".join(words[first:last])


def is_bare(words: Sequence[str], known: Vocabulary) -> bool:
    """Whether all that is said is a word of stopping, once or often, politely or not."""
    whole = " ".join(words)
    request = stripped(words, known)
    if {whole, request} & (known.stop | known.alone):
        return True
    parts = request.split()
    if parts and all(word in known.stop or word in known.alone for word in parts):  # STOP STOP
        return True
    return len(parts) == 1 and known.is_slip(parts[0])


def requests_in(words: Sequence[str], known: Vocabulary) -> Iterator[str]:
    """The sentence if it asks to stop, or those of its parts that do."""
    if len(words) > _LONGEST_REQUEST:
        return
    parts = groupby(words, known.splits.__contains__)
    every = {" ".join(words), stripped(words, known)}
    every.update(" ".join(part) for joins, part in parts if not joins)
    yield from (part for part in every if known.requests.fullmatch(part))


def _is_name(raw: str) -> bool:
    """Capitals alone are no sign of a name: some people write all they say in them."""
    tokens = raw.split()
    if len(tokens) > NAME:
        return False
    after = tokens[1:] if tokens[:1] and tokens[0].isupper() else tokens
    return bool(after) and all(token[:1].isupper() and not token.isupper() for token in after)
