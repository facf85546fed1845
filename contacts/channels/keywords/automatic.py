"""Answers that a machine gave for somebody who was not there, by their words."""

import re

from contacts.channels.keywords.letters import plain, tidy, words_of
from contacts.channels.keywords.vocabulary import vocabulary

_NEAR_THE_BEGINNING = 50
"""Words; further down somebody tells of an absence, or quotes it."""
_LONGEST = 1_000
_REPLIES_TO = re.compile(
    r"(?:\[[^\]]{0,40}\]\s?)?(?:re|aw|antw|antwort|sv|vs|fw|fwd|wg|tr|rv|res|enc|r|odp"
    r"|отв|ответ|адк|उत्तर)(?:\[\d{1,6}\])?\s?[:\uff1a]\s?",
    re.IGNORECASE,
)


def is_automatic_subject(subject: str) -> bool:
    """Whether a mail program that answers by itself would write this subject.

    One that begins with "Re:" is ours, sent back by whoever answers.
    """
    subject = tidy(subject[:_LONGEST])
    if is_reply_subject(subject):
        return False
    known = vocabulary()
    whole = " ".join(words_of(plain(subject)))
    begins = " ".join(words_of(plain(subject.partition(":")[0])))
    return bool(
        known.automatic_subjects.match(f"{whole} ") or known.absent_subjects.fullmatch(begins)
    )


def is_automatic_mail(words: str) -> bool:
    """Whether the mail begins as an absence note does, or with a label that says it is one."""
    if _is_labelled(words[:_LONGEST]):
        return True
    said = words_of(plain(words[:_LONGEST]))[:_NEAR_THE_BEGINNING]
    return vocabulary().automatic_openings.search(f" {' '.join(said)} ") is not None


def _is_labelled(words: str) -> bool:
    """Whether a first line is "Automatic reply", or begins with it and a colon."""
    line = words.strip().partition("\n")[0]
    label = " ".join(words_of(plain(tidy(line).partition(":")[0])))
    found = vocabulary().automatic_subjects.match(f"{label} ")
    return found is not None and found.end() == len(label)


def is_automatic_sms(words: str) -> bool:
    """Whether a telephone sent this SMS by itself: "I'm driving", an answering service."""
    if len(words) > _LONGEST:
        return False
    said = " ".join(words_of(plain(words)))
    return vocabulary().automatic_sms.fullmatch(said) is not None


def is_reply_subject(subject: str) -> bool:
    """Whether a mail program has put something before it: then the rest is ours."""
    return _REPLIES_TO.match(tidy(subject[:_LONGEST])) is not None


def own_subject(subject: str) -> str:
    """The subject without what mail programs put before it in a reply."""
    subject, begins = tidy(subject[:_LONGEST]), 0
    while found := _REPLIES_TO.match(subject, begins):
        begins = found.end()
    return subject[begins:].strip()
