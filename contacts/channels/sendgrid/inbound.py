"""Inbound Parse in: what a customer answered by e-mail, or a machine in their place."""

import hashlib
import re
from collections.abc import Mapping
from datetime import datetime
from email.utils import parseaddr
from typing import Any

from contacts.channels.inbound import attempt_of
from contacts.channels.incoming import EventKind, IncomingEvent, PayloadError
from contacts.channels.keywords import (
    Asked,
    classify,
    is_reply_subject,
    names_another_channel,
    own_subject,
    wants_an_answer,
)
from contacts.channels.sendgrid.machines import is_from_a_machine, looks_automatic
from contacts.channels.sendgrid.quoting import new_words, own_words
from contacts.channels.sendgrid.received import Received, received

_LONGEST_ID, _LONGEST_WORDS, _LONGEST_NOTE = 128, 10_000, 1_000
_FEW = 12
"""Words of a body that leave it to the subject to say what is asked for."""
# The address of our own unsubscribe page, which mail programs leave in unmarked history.
_ADDRESS, _OURS, _LONG_AS_A_KEY = re.compile(r"https?://."), "/u/", 20


def parse_inbound(form: Mapping[str, Any], *, now: datetime) -> IncomingEvent:
    """The mail in a posted form; its files may be left out. Raise PayloadError if it is no mail.

    A request to stop is OPTED_OUT; every other word of a person is REPLIED, for an owner to read. A
    machine's answer is AUTOMATIC: nobody replied.
    """
    mail = received(form)
    sender = parseaddr(mail.sender)[1]
    certainly = is_from_a_machine(mail)
    if "@" not in sender and not (certainly and mail.sender.strip()):
        raise PayloadError("the mail names no sender")
    words = new_words(mail.words)[:_LONGEST_WORDS]
    asked = Asked.NONE if certainly else _asked(mail)
    machine = certainly or looks_automatic(mail, words)
    automatic = certainly or (machine and asked is not Asked.OPT_OUT)
    wants_answer = asked is Asked.OPT_OUT and not machine and _wants_an_answer(mail)
    return IncomingEvent(
        provider="sendgrid",
        event_id=_event_id(mail),
        kind=_kind(asked, automatic=automatic),
        channel="email",
        occurred_at=now,
        attempt_id=attempt_of(mail.recipients),
        address=sender if "@" in sender else None,
        detail=_detail(mail, words, automatic=automatic, wants_answer=wants_answer),
        wants_answer=wants_answer,
        unclear=not automatic and _is_unclear(mail, asked),
        payload={
            "from": mail.sender,
            "to": mail.recipients,
            "subject": mail.subject,
            "text": mail.words[:_LONGEST_WORDS],
            "message_id": mail.message_id,
            "automatic": automatic,
        },
    )


def _asked(mail: Received) -> Asked:
    """What the sender's own words ask for, or the subject where it is theirs as well."""
    words = _unquoted(mail)
    by_words = classify(words, "email")
    by_subject = _asked_by_subject(mail)
    if by_words is Asked.OPT_OUT or by_subject in (Asked.NONE, Asked.OPT_IN, Asked.HELP):
        return by_words
    if by_subject is Asked.OPT_OUT and len(words.split()) <= _FEW:
        return Asked.OPT_OUT
    return Asked.REVIEW


def _wants_an_answer(mail: Received) -> bool:
    """Whether the words or a subject of their own have more than the wish to stop."""
    return wants_an_answer(_unquoted(mail)) or _subject_wants_an_answer(mail)


def _subject_wants_an_answer(mail: Received) -> bool:
    return not is_reply_subject(mail.subject) and wants_an_answer(own_subject(mail.subject))


def _unquoted(mail: Received) -> str:
    """The sender's own words, without a line that has the link of ours to stop."""
    lines = own_words(mail.words).split("\n")
    return "\n".join("" if _holds_our_link(line) else line for line in lines)


def _holds_our_link(line: str) -> bool:
    return any(map(_is_our_link, line.split()))


def _is_our_link(word: str) -> bool:
    address = _ADDRESS.search(word)
    _, ours, key = word[address.end() :].partition(_OURS) if address else ("", "", "")
    return bool(ours) and len(key) >= _LONG_AS_A_KEY


def _asked_by_subject(mail: Received) -> Asked:
    """One that begins with "Re:" is ours, and may hold any word; a bare request is looked at."""
    asked = classify(own_subject(mail.subject), "email")
    if not is_reply_subject(mail.subject):
        return asked
    return Asked.REVIEW if asked is Asked.OPT_OUT else Asked.NONE


def _is_unclear(mail: Received, asked: Asked) -> bool:
    if asked is Asked.OPT_OUT:
        return names_another_channel(own_words(mail.words), "email")
    return asked is Asked.REVIEW


def _kind(asked: Asked, *, automatic: bool) -> EventKind:
    if automatic:
        return EventKind.AUTOMATIC
    return EventKind.OPTED_OUT if asked is Asked.OPT_OUT else EventKind.REPLIED


def _detail(mail: Received, words: str, *, automatic: bool, wants_answer: bool) -> str:
    """The words that the timeline shows; of a machine's, which may be long, the beginning."""
    if automatic:
        words = words[:_LONGEST_NOTE]
    if words and wants_answer and _subject_wants_an_answer(mail):
        return f"{mail.subject}\n\n{words}"  # what is to be answered may stand there alone
    return words or mail.subject


def _event_id(mail: Received) -> str:
    """The Message-ID, since Inbound Parse has no id of its own; else a hash of the mail."""
    if mail.message_id and len(mail.message_id) <= _LONGEST_ID:
        return mail.message_id
    whole = "\0".join((mail.message_id, mail.sender, mail.recipients, mail.subject, mail.words))
    return hashlib.sha256(whole.encode("utf-8", "replace")).hexdigest()
