"""Words as they are compared: one case, no accents, no invisible marks, no dressed-up letters."""

import re
import unicodedata
from functools import cache

# Letters that phones and spammers' tools offer and that no normal form knows.
_SMALL_CAPITALS = str.maketrans("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ", "abcdefghijklmnoprstuvwyz")
# Marks over and through letters, their variation selectors, keycaps, and the dot of Devanagari that
# many keyboards lack. The vowel signs of Devanagari are marks as well, and are letters to us.
_DROPPED_MARKS = re.compile("[\u0300-\u036f\ufe00-\ufe0f\u20e3\u093c]")
_NASAL = str.maketrans("\u0901", "\u0902")  # written for each other in Hindi and Nepali
_APOSTROPHES = "'`\u00b4\u2018\u2019\u02bc\uff07"

# What looks like a Latin letter, in lower case; it may be its capital that looks so. The first word
# is Cyrillic, the second Greek.
_AS_LATIN = str.maketrans(
    "авеёзіїјклмнорѕтухԁԛԝһαβεηικμνορτυχωϲ0134578@$|",  # noqa: RUF001  # look-alikes on purpose
    "abee3iijklmhopstyxdqwhabeikkmnoptyxwcoieastbasi",
)
_AS_CYRILLIC = str.maketrans("abcehkmnoptxy3i", "авсенкмпортхузі")  # as above
_IN_A_WORD = frozenset("@$|")
"""Signs that stand for a letter where they have letters beside them."""
_RUN = re.compile(r"(.)\1+")
_BLANK_LINES = re.compile(r"\n\n+")
_MOST_MARKS = 30
"""In a row; Unicode's own limit. Sorting a longer row takes the square of its length."""


def tidy(text: str) -> str:
    """`text` with one space between words, none around a line, and one empty line at most.

    So no pattern meets a run of white space, however long the one was that somebody sent.
    """
    lines = "\n".join(" ".join(line.split()) for line in text.splitlines())
    return _BLANK_LINES.sub("\n\n", lines).strip()


def plain(text: str) -> str:
    """`text` in one case, without accents and invisible characters; its signs stay."""
    if text.isascii():  # as most answers are, and nothing else of all this is in them
        return text.lower()
    folded = "".join(map(_taken_apart, text)).casefold().translate(_SMALL_CAPITALS)
    bare = _DROPPED_MARKS.sub("", folded).translate(_NASAL)
    return unicodedata.normalize("NFC", _few_marks("".join(filter(_is_seen, bare))))


def words_of(text: str) -> list[str]:
    """The words of a text that `plain` has made, without their signs and emoji."""
    kept = "".join(_kept(character) for character in text).split()
    return [word for word in kept if not _IN_A_WORD.issuperset(word)]


def readings(word: str) -> list[str]:
    """The word as it is, and what it may have been meant to look like."""
    found = [word, word.translate(_AS_LATIN)]
    if not word.isascii():
        found.append(word.translate(_AS_CYRILLIC))
    for one in tuple(found):
        if _RUN.search(one):
            found += (_RUN.sub(r"\1", one), _RUN.sub(r"\1\1", one))
    return list(dict.fromkeys(found))


def is_near(word: str, meant: str) -> bool:
    """Whether `word` is `meant` with a slip of the finger: letters swapped, missing, or wrong.

    Short words allow a swap alone: "sotp", and neither "shop" nor "step". A first letter is seldom
    wrong, and "subscribe" must not be near its opposite.
    """
    if len(meant) < 4 or word[:1] != meant[:1]:
        return False
    if len(meant) < 6:
        return len(word) == len(meant) and _distance(word, meant, 1) == 1 and _same(word, meant)
    allowed = 1 if len(meant) < 9 else 2
    return _distance(word, meant, allowed) <= allowed


def _same(one: str, other: str) -> bool:
    return sorted(one) == sorted(other)


@cache
def _taken_apart(character: str) -> str:
    return unicodedata.normalize("NFKD", character)


def _few_marks(text: str) -> str:
    if not any(map(unicodedata.combining, text)):
        return text
    kept, row = [], 0
    for character in text:
        row = row + 1 if unicodedata.combining(character) else 0
        if row <= _MOST_MARKS:
            kept.append(character)
    return "".join(kept)


@cache
def _is_seen(character: str) -> bool:
    return unicodedata.category(character) != "Cf"  # zero-width and direction marks


@cache
def _kept(character: str) -> str:
    if character in _APOSTROPHES:  # "don't" is one word, whatever its apostrophe
        return ""
    return character if _is_letter(character) or character in _IN_A_WORD else " "


def _is_letter(character: str) -> bool:
    return unicodedata.category(character)[0] in "LMN"


def _distance(one: str, other: str, most: int) -> int:
    """Letters added, left out, changed or swapped between the words; `most + 1` for any more."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    last = list(range(len(other) + 1))
    for row, letter in enumerate(one, 1):
        this = [row]
        for column, wanted in enumerate(other, 1):
            cost = last[column - 1] + (letter != wanted)
            cost = min(cost, last[column] + 1, this[column - 1] + 1)
            swapped = (
                row > 1 and column > 1 and one[row - 2] == wanted and letter == other[column - 2]
            )
            this.append(min(cost, before[column - 2] + 1) if swapped else cost)
        before, last = last, this
    return min(last[-1], most + 1)
