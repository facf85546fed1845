"""What a skip for an address that is left alone was for, where the customer's story tells it."""

from collections.abc import Iterable
from dataclasses import replace

from contacts.cadences.reasons import Reason
from contacts.record import phrases
from contacts.record.timeline.entry import Entry

_CAUSES = {
    "opted_out": "opt_out",
    "withdrawn": "opt_out",
    "declined": "opt_out",
    "bounced": "bounced",
    "complained": "complained",
}


def with_causes(entries: Iterable[Entry], story: Iterable[Entry]) -> list[Entry]:
    """The entries; each such skip with the last word before it, of its channel, in the story."""
    causes = sorted((one for one in story if one.kind in _CAUSES), key=lambda one: one.at)
    return [_told(one, causes) if one.reason == Reason.SUPPRESSED else one for one in entries]


def _told(skip: Entry, causes: list[Entry]) -> Entry:
    before = [one for one in causes if one.channel == skip.channel and one.at <= skip.at]
    if not before:
        return skip  # said of a number that they share, or taken over from a list
    return replace(skip, detail=phrases.left_alone(_CAUSES[before[-1].kind]))
