"""What an answer in words asks for; no wish to stop is taken for an ordinary answer."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby, islice

from contacts.channels.keywords.letters import plain, tidy, words_of
from contacts.channels.keywords.vocabulary import Vocabulary, vocabulary


class Asked(StrEnum):
    OPT_OUT = "opt_out"  # stop this channel
    OPT_IN = "opt_in"  # start it again
    HELP = "help"
    REVIEW = "review"  # it may mean "stop": a person decides
    NONE = "none"  # an ordinary reply


# People write in the first lines; a machine need not read a novel sentence by sentence.
_READ_CLOSELY, _READ = 4_000, 20_000
_TRIED = 20
"""Words of stopping that are weighed against all the rest; nobody means it and says it so often."""
_LONGEST_REQUEST = 40
"""Words; a longer sentence tells a story."""
_REST, _NAME = 5, 3
"""Words beside a word of stopping that do not change it; words of a name."""
_BARE = ""
"""The request of a word of stopping, which names no channel."""
_ENDS = ".!?;\n\u2026\u0964\u3002\uff01\uff1f\u061f"  # also those of Hindi, Chinese and Arabic
_GOES_ON = ":,\uff0c\u060c"
# All patterns here read what `tidy` made, and never two repeats that may match the same.
_CLAUSE = re.compile(
    rf"([^{_ENDS}{_GOES_ON}]*?)(?:([{_ENDS}{_GOES_ON}]+)|\s[-\u2013\u2014]+\s|[\u2013\u2014]|$)"
)
_WRAPPED = re.compile(r"\n(?!\n)")
_ASKING, _ENDING = frozenset("?\uff1f\u061f"), frozenset(_ENDS)
_FORBIDDING, _LAUGHING = frozenset("🛑⛔🚫🖕✋"), frozenset("😂🤣😆😅😜😉😝😹")
# A telephone tells a "like" in words, and quotes what was liked: that is ours.
_REACTION = re.compile(
    r"(?:liked|loved|disliked|laughed at|emphasi[sz]ed|questioned|reacted .{1,40} to"
    r"|removed an? .{1,40} from|.{1,3} to|le gustó|me gusta|a aimé|a adoré|gefällt|hat .{1,40} auf"
    r"|понравилось|vond)\s[\"\u201c\u201e\u00ab].+[\"\u201c\u201d\u00bb]",
    re.IGNORECASE | re.DOTALL,
)
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
class _Clause:
    """What stands between two signs."""

    words: tuple[str, ...]
    asks: bool
    ends: bool
    """Whether a sentence ends there; a comma goes on."""
    is_name: bool
    """Up to three words, each with a capital: perhaps who signs."""


def classify(text: str, channel: str = "sms") -> Asked:
    """What `text`, an SMS or the new part of an e-mail, asks for on the channel it came by."""
    text = tidy(text[:_READ])
    if _REACTION.fullmatch(text):
        return Asked.NONE
    known = vocabulary()
    clauses = _clauses(_without_signature(text[:_READ_CLOSELY]), known)
    words = _words(clauses)
    if not words:
        return Asked.REVIEW if _FORBIDDING.intersection(text) else Asked.NONE
    requests = list(_requests(text, clauses, known))
    if requests:
        here = not all(_is_meant_elsewhere(request, channel, known) for request in requests)
        return Asked.OPT_OUT if here and not _holds_back(text, words, known) else Asked.REVIEW
    request = _stripped(words, known)
    if request in known.start or " ".join(words) in known.yes:
        return Asked.OPT_IN
    if request in known.help:
        return Asked.HELP
    return Asked.REVIEW if _may_mean_stop(text, known) else Asked.NONE


def names_another_channel(text: str, channel: str) -> bool:
    """Whether a request to stop in `text` may mean more than the channel that it came by."""
    text, known = tidy(text[:_READ]), vocabulary()
    clauses = _clauses(_without_signature(text[:_READ_CLOSELY]), known)
    requests = list(_requests(text, clauses, known))
    if any(_names(request, channel, known)[1] for request in requests):
        return True
    return bool(requests and known.everywhere.search(_padded(_words(clauses))))


def _requests(text: str, clauses: Sequence[_Clause], known: Vocabulary) -> Iterator[str]:
    """Every part of the answer that asks to stop; a word of stopping as it is, with no channel."""
    words = _words(clauses)
    if not words:
        return
    if all(len(word) == 1 for word in words):  # S.T.O.P
        words = [known.meant("".join(words))]
    if not any(clause.asks for clause in clauses) and _is_bare(words, known):
        yield _BARE
        return
    for clause in clauses:
        yield from _request_in(clause.words, known)
    unwrapped = _WRAPPED.sub(" ", text[:_READ_CLOSELY])
    for clause in _clauses(unwrapped, known):
        yield from _request_in(clause.words, known)
    bare = (at for at, one in enumerate(clauses) if not one.asks and _is_bare(one.words, known))
    if _is_signed(clauses, known) or any(
        _stands_out(number, clauses, known) for number in islice(bare, _TRIED)
    ):
        yield _BARE


def _holds_back(text: str, words: Sequence[str], known: Vocabulary) -> bool:
    """Whether something beside a request makes it a person's to decide."""
    return bool(known.against.search(_padded(words)) or _LAUGHING.intersection(text))


def _is_meant_elsewhere(request: str, channel: str, known: Vocabulary) -> bool:
    """Whether it asks to stop on another channel alone: "stop e-mailing me", by SMS."""
    own, other = _names(request, channel, known)
    return other and not own


def _names(request: str, channel: str, known: Vocabulary) -> tuple[bool, bool]:
    """Whether a request names its own channel, and another one."""
    named = {name for name, one in known.channels.items() if one.search(f" {request} ")}
    return channel in named, bool(named - {channel})


def _is_bare(words: Sequence[str], known: Vocabulary) -> bool:
    """Whether all that is said is a word of stopping, once or often, politely or not."""
    whole = " ".join(words)
    request = _stripped(words, known)
    if {whole, request} & (known.stop | known.alone):
        return True
    parts = request.split()
    if parts and all(word in known.stop or word in known.alone for word in parts):  # STOP STOP
        return True
    return len(parts) == 1 and known.is_slip(parts[0])


def _request_in(words: Sequence[str], known: Vocabulary) -> Iterator[str]:
    """The sentence if it asks to stop, or those of its parts that do."""
    if len(words) > _LONGEST_REQUEST:
        return
    parts = groupby(words, known.splits.__contains__)
    every = {" ".join(words), _stripped(words, known)}
    every.update(" ".join(part) for joins, part in parts if not joins)
    yield from (part for part in every if known.requests.fullmatch(part))


def _stands_out(number: int, clauses: Sequence[_Clause], known: Vocabulary) -> bool:
    """Whether the rest of the answer leaves this clause as it is, a word of stopping."""
    clause = clauses[number]
    others = [one for at, one in enumerate(clauses) if at != number]
    rest = [word for word in _words(others) if word not in known.around]
    if known.banter.search(_padded(rest)):
        return False
    if known.doubtful.search(_padded(rest)) and _stripped(clause.words, known) in known.stop:
        return True
    beside = [one for one in others if len(one.words) > 1 and not one.is_name]
    if _stripped(clause.words, known) in known.alone:
        return number == 0 and len(rest) <= _NAME and all(one.is_name for one in others)
    before = clauses[number - 1].ends if number else True
    return len(rest) <= _REST and (not beside or (clause.ends and before))


def _is_signed(clauses: Sequence[_Clause], known: Vocabulary) -> bool:
    """STOP Anna: a word of stopping and a name, with no sign between."""
    first = clauses[0]
    if len(clauses) > 1 or first.asks or len(first.words) < 2 or not first.is_name:
        return False
    return first.words[0] in known.stop and not known.banter.search(_padded(first.words))


def _may_mean_stop(text: str, known: Vocabulary) -> bool:
    if _FORBIDDING.intersection(text):
        return True
    words = [known.meant(word) for word in words_of(plain(text)[:_READ])]
    said = known.harmless.sub("", _padded(words))
    return known.doubtful.search(said) is not None or _is_bare(words, known)


def _stripped(words: Sequence[str], known: Vocabulary) -> str:
    """The words without those around them that change nothing."""
    first, last = 0, len(words)
    while first < last and words[first] in known.around:
        first += 1
    while last > first and words[last - 1] in known.around:
        last -= 1
    return " ".join(words[first:last])


def _without_signature(text: str) -> str:
    found = _SIGNS_OFF.search(text)
    return text[: found.start()] if found and text[: found.start()].strip() else text


def _clauses(text: str, known: Vocabulary) -> list[_Clause]:
    found = []
    for raw, sign in _CLAUSE.findall(text):
        words = tuple(known.meant(word) for word in words_of(plain(raw)))
        if words:
            asks, ends = bool(_ASKING.intersection(sign)), bool(_ENDING.intersection(sign))
            found.append(_Clause(words, asks=asks, ends=ends or not sign, is_name=_is_name(raw)))
    return found


def _is_name(raw: str) -> bool:
    """Capitals alone are no sign of a name: some people write all they say in them."""
    tokens = raw.split()
    if len(tokens) > _NAME:
        return False
    after = tokens[1:] if tokens[:1] and tokens[0].isupper() else tokens
    return bool(after) and all(token[:1].isupper() and not token.isupper() for token in after)


def _words(clauses: Iterable[_Clause]) -> list[str]:
    return [word for clause in clauses for word in clause.words]


def _padded(words: Iterable[str]) -> str:
    return f" {' '.join(words)} "
