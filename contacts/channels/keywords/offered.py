"""Whether a message of ours tells its reader to answer it in order to stop: "Reply STOP"."""

import re
from collections.abc import Iterator

from contacts.channels.keywords.letters import plain, words_of
from contacts.channels.keywords.vocabulary import Vocabulary, vocabulary

_SENTENCES = re.compile(r"(?<=[.!?।॥。！？])\s+|\n+")  # noqa: RUF001  # the marks of other scripts
_TOKENS = re.compile(
    r"https?://\S+|[A-Za-z]+(?=[\u4e00-\u9fff])|[\u4e00-\u9fff]+|"
    r"[^\s.,;:!?…।॥。！？\"'“”„‚‘’«»()\[\]/|*=<>\u4e00-\u9fff]+"  # noqa: RUF001  # as above
)
_LABEL = re.compile(r"(?:\s+\w+)?[\s:=→>–—-]*https?://")  # noqa: RUF001  # dashes of all lengths
"""What follows a word that only says what a link is for: `STOP: https://…`."""

_NEAR = 3
"""Words between "reply" and "STOP", as in "reply to this with STOP"."""
_SHORTEST = 3
"""Letters of a word in capitals that asks by itself: "STOP to end"."""


def asks_for_a_reply(text: str) -> str | None:
    """The word with which a text asks to be answered by who wants no more; None if it does not."""
    known = vocabulary()
    found = (_asked_in(one, known) for one in _SENTENCES.split(text))
    return next((word for word in found if word is not None), None)


def _asked_in(sentence: str, known: Vocabulary) -> str | None:
    tokens = list(_TOKENS.finditer(sentence))
    asking = [place for place, one in enumerate(tokens) if _bare(one[0]) in known.reply]
    whispers = any(one[0].islower() for one in tokens)
    # The keyword itself is mostly in capitals, and the words around it may mean to stop as well.
    for place, word in sorted(_stops(tokens, known), key=lambda one: not one[1].isupper()):
        if any(0 < abs(place - other) <= _NEAR + 1 for other in asking):
            return word
        shouted = whispers and word.isupper() and len(word) >= _SHORTEST
        if shouted and not _LABEL.match(sentence, tokens[place].end()):
            return word
    return None


def _stops(tokens: list[re.Match[str]], known: Vocabulary) -> Iterator[tuple[int, str]]:
    """The words of stopping, each with its place; those of more than one meaning in capitals."""
    for place, one in enumerate(tokens):
        word, alone = one[0], _bare(one[0])
        both = f"{alone} {_bare(tokens[place + 1][0])}" if place + 1 < len(tokens) else ""
        if alone in known.stop or both in known.stop or (word.isupper() and alone in known.alone):
            yield place, word


def _bare(token: str) -> str:
    return " ".join(words_of(plain(token)))
