"""Passwords of the board: which are too easy to guess, their hashes, and whether one is right."""

import re
import secrets
from collections.abc import Iterable
from functools import cache
from threading import BoundedSemaphore
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argon2 import PasswordHasher

SHORTEST, LONGEST = 12, 200
_LEFT = 6
"""Characters that must be left of a password without what everybody guesses first."""
_COMMON = """
    password passwort passw pass word kennwort parol secret geheim login logmein welcome
    willkommen hello hallo admin administrator root user guest test letmein changeme default master
    access qwerty qwertz azerty asdfgh zxcvbn yxcvbn iloveyou love sunshine princess monkey dragon
    football baseball soccer shadow superman batman michael jordan charlie ashley trustno starwars
    pokemon freedom whatever computer internet samsung google company office customer touchline
    spring summer autumn winter january february march april june july august september october
    november december monday tuesday wednesday thursday friday saturday sunday
"""
_ROWS = (
    "0123456789", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop",
)  # fmt: skip
_RUN = 3
"""Neighbours of a row, or the same character, so many times in a row are as good as one."""
_SIGNS = str.maketrans("01345789@$!", "oleastbgasi")
_YEAR = re.compile(r"(?:19|20)\d\d")
_AT_ONCE = BoundedSemaphore(2)
"""A hash takes 64 MiB for a moment: so many sign-ins at once, and no more memory than that."""


def problem_of(password: str, *, known: Iterable[str] = ()) -> str | None:
    """Why this must not be a password, as a clause; None where it may be one.

    `known` is what others know of its owner: the address, the name, the business.
    """
    if len(password) < SHORTEST:
        return f"has {len(password)} characters; take {SHORTEST} or more, such as a few words"
    if len(password) > LONGEST:
        return f"is longer than {LONGEST} characters"
    plain = password.lower()
    guesses = [*_COMMON.split(), *_words_of(known)]
    if min(_left_of(plain, guesses), _left_of(plain.translate(_SIGNS), guesses)) < _LEFT:
        return "is made of what is guessed first; take a few words that do not belong together"
    return None


def hashed(password: str) -> str:
    """As argon2id writes it: costs, salt and hash."""
    with _AT_ONCE:
        return _hasher().hash(password)


def is_right(password: str, made: str | None) -> bool:
    """Whether it is the password of this hash; without any, no, and that takes as long."""
    from argon2.exceptions import InvalidHashError, VerificationError

    nobody = _of_nobody()
    with _AT_ONCE:
        try:
            right = _hasher().verify(made or nobody, password[: LONGEST + 1])
        except (VerificationError, InvalidHashError):
            return False
    return right and made is not None


def is_outdated(made: str) -> bool:
    """Whether a hash is weaker than one that would be made today."""
    return _hasher().check_needs_rehash(made)


def _hasher() -> "PasswordHasher":
    """RFC 9106's second choice: 64 MiB, three rounds."""
    from argon2 import PasswordHasher  # few commands and no flow need it
    from argon2.profiles import RFC_9106_LOW_MEMORY

    return PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)


@cache
def _of_nobody() -> str:
    return hashed(secrets.token_urlsafe())


def _words_of(known: Iterable[str]) -> list[str]:
    words = {word for text in known for word in re.findall(r"\w{3,}", text.lower())}
    return sorted(words, key=len, reverse=True)


def _left_of(password: str, guesses: Iterable[str]) -> int:
    """How many different characters are left without words, years and runs."""
    left = _YEAR.sub("", password)
    for word in guesses:
        left = left.replace(word, "")
    kept = [
        character
        for place, character in enumerate(left)
        if not _ends_a_run(left[max(0, place - _RUN + 1) : place + 1])
    ]
    return len(set(kept))


def _ends_a_run(part: str) -> bool:
    if len(part) < _RUN:
        return False
    rows = (*_ROWS, *(row[::-1] for row in _ROWS), part[0] * _RUN)
    return any(part in row for row in rows)
