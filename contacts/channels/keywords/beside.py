"""What an answer that asks us to stop asks for besides: that somebody answers it."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from contacts.channels.keywords.asked import READ_CLOSELY
from contacts.channels.keywords.clauses import (
    Clause,
    clauses_of,
    is_bare,
    padded,
    requests_in,
    stripped,
    unwrapped,
    without_signature,
)
from contacts.channels.keywords.letters import tidy
from contacts.channels.keywords.vocabulary import Vocabulary, vocabulary

_LONG = 25
"""Words besides the request; so many tell of something that a person ought to read."""
_Part = tuple[Sequence[str], bool]
"""Words without a request in them, and whether a sign of asking follows."""


def wants_an_answer(text: str) -> bool:
    """Whether an answer has a question, a matter of theirs or a story beside its wish to stop.

    Such as "Do not send me any more mails. When does my order come?"
    """
    known = vocabulary()
    text = without_signature(tidy(text[:READ_CLOSELY]))
    # A line that a mail program has broken may begin in the middle of the request.
    return all(_is_more(text, known) for text in {text, unwrapped(text)})


def _is_more(text: str, known: Vocabulary) -> bool:
    parts = list(_beside(clauses_of(text, known), known))
    if any(asks and len(words) > 1 for words, asks in parts):
        return True
    if any(known.wants.search(padded(words)) for words, _ in parts):
        return True
    return sum(len(words) for words, _ in parts) >= _LONG


def _beside(clauses: Sequence[Clause], known: Vocabulary) -> Iterator[_Part]:
    """The parts of the answer that ask for no stop, without the words that change nothing."""
    for clause in clauses:
        if clause.is_name or _asks_to_stop(clause.words, known):
            continue
        # What joins sentences in one language is an ordinary word in another: it stays in place.
        parts = (list(part) for _, part in groupby(clause.words, known.splits.__contains__))
        rest = [word for part in parts if not _asks_to_stop(part, known) for word in part]
        yield stripped(rest, known).split(), clause.asks


def _asks_to_stop(words: Sequence[str], known: Vocabulary) -> bool:
    whole = {" ".join(words), stripped(words, known)}
    return is_bare(words, known) or any(one in whole for one in requests_in(words, known))
