"""The names that each kind of message may use."""

from collections.abc import Mapping

from contacts.cadences.allowed import Names
from contacts.cadences.dialogue import brief_names
from contacts.cadences.facts import vocabulary

CONFIRM = "confirm_consent"
"""The mail that asks to confirm a request: only there is a link for it."""
BRIEFS = "briefs"
DIGEST = "digest"
"""The owners' morning mail: it is about many customers, so it has names of its own."""

_DIGEST_NAMES: dict[str, frozenset[str] | None] = {
    "owner": frozenset({"name", "first_name", "email", "phone"}),
    "business": frozenset({"name", "address", "website", "email"}),
    "cadence": frozenset({"name", "goal", "purpose"}),
    "links": frozenset({"unsubscribe", "preferences", "view"}),
    "today": None,
    "tasks": None,
    "escalated": None,
    "opted_out": None,
    "replies": None,
}


def names_for(message: str, words: Mapping[str, Mapping[str, str]], *, folder: str = "") -> Names:
    """The vocabulary of a message: the facts, its language, and the layout's fixed words.

    One in the folder of the briefs also knows what was said last.
    """
    facts = _DIGEST_NAMES if message == DIGEST else vocabulary()
    if folder == BRIEFS:
        facts = facts | brief_names()
    if message == CONFIRM:
        facts = facts | {"links": frozenset(facts["links"] or ()) | {"confirm"}}
    keys = frozenset(key for lines in words.values() for key in lines)
    return facts | {"locale": None, "words": keys}
