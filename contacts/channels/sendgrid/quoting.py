"""The new words of an e-mail reply: without the history that it quotes and the signature."""

import re

# A line that opens the history, in the words of the common mail programs.
_OPENS_HISTORY = re.compile(
    r"-{2,}\s*(?:original|forwarded|weitergeleitet|ursprüngliche|исходное|пересылаемое)\b.*"
    r"|_{10,}",
    re.IGNORECASE,
)
_FROM = re.compile(r"(?:from|von|de|от|ад|प्रेषक):\s", re.IGNORECASE)
_SENT = re.compile(
    r"(?:sent|date|to|gesendet|envoyé|an|дата|отправлено|кому|каму):\s", re.IGNORECASE
)
# "On Friday Olive <olive@…> wrote:", which mail programs break into as many as three lines.
_WROTE = re.compile(
    r".{3,300}?(?:wrote|schrieb|écrit|escribió|ha scritto|schreef|napisał|пишет|писал|писала"
    r"|написал|написала|напісаў|напісала|ने लिखा|लेख्नुभयो)[^:]{0,80}:",
    re.IGNORECASE,
)
_OPENER = re.compile(r"(?:on|le|am|el|il|op|w dniu)\b.*\d", re.IGNORECASE)
_SIGNATURE = re.compile(r"-- ?|(?:sent from my|get outlook for|отправлено) .{1,60}", re.IGNORECASE)
# Longer mails are cut first, so that nothing here works on more than a person writes.
_LONGEST, _LONGEST_LINE = 20_000, 400


def new_words(text: str) -> str:
    """`text` up to the history it answers; all of it where nothing else would be left."""
    lines = text[:_LONGEST].replace("\r\n", "\n").replace("\r", "\n").split("\n")
    kept: list[str] = []
    for number, line in enumerate(lines):
        if _ends_here(line.strip(), lines[number + 1 : number + 4]) and "".join(kept).strip():
            break
        if not line.lstrip().startswith(">"):
            kept.append(line)
    return "\n".join(kept).strip() or "\n".join(lines).strip()


def _ends_here(line: str, following: list[str]) -> bool:
    """Whether the history or the signature begins with this line."""
    line = line[:_LONGEST_LINE]
    if not line:
        return False
    if _OPENS_HISTORY.fullmatch(line) or _SIGNATURE.fullmatch(line):
        return True
    after = next((text.strip() for text in following if text.strip()), "")
    if _FROM.match(line) and _SENT.match(after):
        return True
    if line.endswith(":") and after.startswith(">"):
        return True
    if not _is_attribution(line, following):
        return False
    # Words of the customer's own, right above an attribution, would make one together with it.
    return _OPENER.match(line) is not None or not _is_attribution(after, following[1:])


def _is_attribution(line: str, following: list[str]) -> bool:
    opening = line
    for text in following[:2]:
        if not text.strip():
            break
        opening = f"{opening} {text.strip()[:_LONGEST_LINE]}"
    found = _WROTE.match(opening)
    # "She wrote: come at ten" names no address and no time.
    return found is not None and re.search(r"[<\d]", found[0]) is not None
