"""The new words of an e-mail reply: without the history that it quotes and the signature."""

import re

# A line that opens the history, in the words of the common mail programs.
_OPENS_HISTORY = re.compile(
    r"-{2,}\s{0,9}(?:original|forwarded|weitergeleitet|ursprüngliche|message d|mensaje|mensagem"
    r"|messaggio|oorspronkelijk|doorgestuurd|исходное|пересылаемое|зыходнае)\b.*"
    r"|(?:begin forwarded message|anfang der weitergeleiteten|début du message)\b.*|_{10,}",
    re.IGNORECASE,
)
_FROM = re.compile(r"\*?(?:from|von|de|da|van|от|ад|प्रेषक|बाट)\s?:\*?\s", re.IGNORECASE)
_SENT = re.compile(
    r"\*?(?:sent|date|to|gesendet|datum|envoyé|an|à|enviado|enviada(?: em)?|fecha|data|inviato"
    r"|verzonden|дата|отправлено|кому|каму|адпраўлена|भेजा गया|पठाइएको)\s?:\*?\s",
    re.IGNORECASE,
)
# "On Friday Olive <olive@…> wrote:", which mail programs break into as many as three lines.
_WROTE = re.compile(
    r".{3,300}?(?:wrote|schrieb|écrit|escribió|escreveu|ha scritto|schreef|napisał|пишет|писал"
    r"|писала|написал|написала|напісаў|напісала|ने लिखा|लेख्नुभयो)[^:]{0,80}:",
    re.IGNORECASE,
)
# "She wrote: come at ten" names no address and no time.
_NAMES_WHOM = re.compile(r"[<@\d]")
_OPENER = re.compile(r"(?:on|le|am|el|em|il|op|w dniu)\b.*\d", re.IGNORECASE)
_SIGNATURE = re.compile(
    r"-- ?|(?:sent from my|get outlook for|gesendet von|von meinem|envoyé de(?:puis)?"
    r"|enviado (?:desde|do)|inviato da|verstuurd vanaf|отправлено|адпраўлена) .{1,60}",
    re.IGNORECASE,
)
# Longer mails are cut first, so that nothing here works on more than a person writes.
_LONGEST, _LONGEST_LINE = 20_000, 400
_NEVER = 1_000_000


def new_words(text: str) -> str:
    """`text` up to the history it answers; all of it where nothing else would be left."""
    return own_words(text) or "\n".join(_lines(text)).strip()


def own_words(text: str) -> str:
    """What the sender added to the history; empty where the mail is nothing else."""
    lines = _lines(text)
    kept: list[str] = []
    has_words, number = False, 0
    while number < len(lines):
        line, following = lines[number], lines[number + 1 : number + 4]
        size = _opening(line.strip(), following)
        if size and (has_words or not _is_marked(lines, number + size)):
            break
        if not size and not line.lstrip().startswith(">"):
            kept.append(line)
            has_words = has_words or bool(line.strip())
        number += size or 1
    return "\n".join(kept).strip()


def _lines(text: str) -> list[str]:
    return text[:_LONGEST].replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _is_marked(lines: list[str], start: int) -> bool:
    """Whether what follows is quoted line by line, so that an answer may stand below it."""
    following = (lines[number].lstrip() for number in range(start, len(lines)))
    return next(filter(None, following), "").startswith(">")


def _opening(line: str, following: list[str]) -> int:
    """How many lines open the history, or the signature, here; 0 where none does."""
    line = line[:_LONGEST_LINE]
    if not line:
        return 0
    if _OPENS_HISTORY.fullmatch(line) or _SIGNATURE.fullmatch(line):
        return _NEVER
    after = next((text.strip() for text in following if text.strip()), "")
    if _FROM.match(line) and _SENT.match(after):
        return _NEVER
    if line.endswith(":") and after.startswith(">") and _NAMES_WHOM.search(line):
        return 1
    size = _attribution(line, following)
    # Words of the customer's own, right above an attribution, would make one together with it.
    if size and (_OPENER.match(line) or not _attribution(after, following[1:])):
        return size
    return 0


def _attribution(line: str, following: list[str]) -> int:
    """How many lines say who wrote what follows, from this one on."""
    opening = line
    for size, text in enumerate(["", *following[:2]]):
        if size and not text.strip():
            break
        opening = f"{opening} {text.strip()[:_LONGEST_LINE]}".strip()
        found = _WROTE.match(opening)
        if found and _NAMES_WHOM.search(found[0]):
            return size + 1
    return 0
