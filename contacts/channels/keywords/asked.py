"""What an answer in words asks for; no wish to stop is taken for an ordinary answer."""

import re
from collections.abc import Iterator, Sequence
from enum import StrEnum
from itertools import islice

from contacts.channels.keywords.clauses import (
    NAME,
    Clause,
    clauses_of,
    is_bare,
    padded,
    requests_in,
    stripped,
    unwrapped,
    without_signature,
    words_in,
)
from contacts.channels.keywords.letters import plain, tidy, words_of
from contacts.channels.keywords.vocabulary import Vocabulary, vocabulary


class Asked(StrEnum):
    OPT_OUT = "opt_out"  # stop this channel
    OPT_IN = "opt_in"  # start it again
    HELP = "help"
    REVIEW = "review"  # it may mean "stop": a person decides
    NONE = "none"  # an ordinary reply


# People write in the first lines; a machine need not read a novel sentence by sentence.
READ_CLOSELY, _READ = 4_000, 20_000
_TRIED = 20
"""Words of stopping that are weighed against all the rest; nobody means it and says it so often."""
_REST = 5
"""Words beside a word of stopping that do not change it."""
_BARE = ""
"""The request of a word of stopping, which names no channel."""
_FORBIDDING, _LAUGHING = frozenset("🛑⛔🚫🖕✋"), frozenset("😂🤣😆😅😜😉😝😹")
# A telephone tells a "like" in words, and quotes what was liked: that is ours.
_REACTION = re.compile(
    r"(?:liked|loved|disliked|laughed at|emphasi[sz]ed|questioned|reacted .{1,40} to"
    r"|removed an? .{1,40} from|.{1,3} to|le gustó|me gusta|a aimé|a adoré|gefällt|hat .{1,40} auf"
    r"|понравилось|vond)\s[\"\u201c\u201e\u00ab].+[\"\u201c\u201d\u00bb]",
    re.IGNORECASE | re.DOTALL,
)


def classify(text: str, channel: str = "sms") -> Asked:
    """What `text`, an SMS or the new part of an e-mail, asks for on the channel it came by."""
    text = tidy(text[:_READ])
    if _REACTION.fullmatch(text):
        return Asked.NONE
    known = vocabulary()
    clauses = clauses_of(without_signature(text[:READ_CLOSELY]), known)
    words = words_in(clauses)
    if not words:
        return Asked.REVIEW if _FORBIDDING.intersection(text) else Asked.NONE
    requests = list(_requests(text, clauses, known))
    if requests:
        here = not all(_is_meant_elsewhere(request, channel, known) for request in requests)
        return Asked.OPT_OUT if here and not _holds_back(text, words, known) else Asked.REVIEW
    request = stripped(words, known)
    if request in known.start or " ".join(words) in known.yes:
        return Asked.OPT_IN
    if request in known.help:
        return Asked.HELP
    return Asked.REVIEW if _may_mean_stop(text, known) else Asked.NONE


def names_another_channel(text: str, channel: str) -> bool:
    """Whether a request to stop in `text` may mean more than the channel that it came by."""
    text, known = tidy(text[:_READ]), vocabulary()
    clauses = clauses_of(without_signature(text[:READ_CLOSELY]), known)
    requests = list(_requests(text, clauses, known))
    if any(_names(request, channel, known)[1] for request in requests):
        return True
    return bool(requests and known.everywhere.search(padded(words_in(clauses))))


def _requests(text: str, clauses: Sequence[Clause], known: Vocabulary) -> Iterator[str]:
    """Every part of the answer that asks to stop; a word of stopping as it is, with no channel."""
    words = words_in(clauses)
    if not words:
        return
    if all(len(word) == 1 for word in words):  # S.T.O.P
        words = [known.meant("".join(words))]
    if not any(clause.asks for clause in clauses) and is_bare(words, known):
        yield _BARE
        return
    for clause in clauses:
        yield from requests_in(clause.words, known)
    for clause in clauses_of(unwrapped(text[:READ_CLOSELY]), known):
        yield from requests_in(clause.words, known)
    bare = (at for at, one in enumerate(clauses) if not one.asks and is_bare(one.words, known))
    if _is_signed(clauses, known) or any(
        _stands_out(number, clauses, known) for number in islice(bare, _TRIED)
    ):
        yield _BARE


def _holds_back(text: str, words: Sequence[str], known: Vocabulary) -> bool:
    """Whether something beside a request makes it a person's to decide."""
    return bool(known.against.search(padded(words)) or _LAUGHING.intersection(text))


def _is_meant_elsewhere(request: str, channel: str, known: Vocabulary) -> bool:
    """Whether it asks to stop on another channel alone: "stop e-mailing me", by SMS."""
    own, other = _names(request, channel, known)
    return other and not own


def _names(request: str, channel: str, known: Vocabulary) -> tuple[bool, bool]:
    """Whether a request names its own channel, and another one."""
    named = {name for name, one in known.channels.items() if one.search(f" {request} ")}
    return channel in named, bool(named - {channel})


def _stands_out(number: int, clauses: Sequence[Clause], known: Vocabulary) -> bool:
    """Whether the rest of the answer leaves this clause as it is, a word of stopping."""
    clause = clauses[number]
    others = [one for at, one in enumerate(clauses) if at != number]
    is_sentence = clause.ends and (number == 0 or clauses[number - 1].ends)
    means_stop = stripped(clause.words, known) in known.stop
    if is_sentence and means_stop and _only_asks(others):
        return True  # "STOP. When does my order come?"
    rest = [word for word in words_in(others) if word not in known.around]
    if known.banter.search(padded(rest)):
        return False
    if means_stop and known.doubtful.search(padded(rest)):
        return True
    beside = [one for one in others if len(one.words) > 1 and not one.is_name]
    if stripped(clause.words, known) in known.alone:
        return number == 0 and len(rest) <= NAME and all(one.is_name for one in others)
    return len(rest) <= _REST and (not beside or is_sentence)


def _only_asks(others: Sequence[Clause]) -> bool:
    return any(one.asks for one in others) and all(one.asks or one.is_name for one in others)


def _is_signed(clauses: Sequence[Clause], known: Vocabulary) -> bool:
    """STOP Anna: a word of stopping and a name, with no sign between."""
    first = clauses[0]
    if len(clauses) > 1 or first.asks or len(first.words) < 2 or not first.is_name:
        return False
    return first.words[0] in known.stop and not known.banter.search(padded(first.words))


def _may_mean_stop(text: str, known: Vocabulary) -> bool:
    if _FORBIDDING.intersection(text):
        return True
    words = [known.meant(word) for word in words_of(plain(text)[:_READ])]
    said = known.harmless.sub("", padded(words))
    return known.doubtful.search(said) is not None or is_bare(words, known)
