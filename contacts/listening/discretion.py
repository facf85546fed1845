"""What still arrives of people who were erased: that it came is kept, and nothing of theirs."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Connection

from contacts.channels.incoming import IncomingEvent
from contacts.listening.matching import Match
from contacts.record.customers.address_keys import address_hash
from contacts.record.customers.erasures import erased_among, erased_hashes, is_anybody_erased
from contacts.record.locks import pin_customers

_Found = tuple[IncomingEvent, Match]


def without_words_of_erased(
    connection: Connection, matched: Sequence[_Found], signing_key: str
) -> list[_Found]:
    """The same, where an event is of somebody erased without address, words and raw form."""
    known = {match.customer_id for _, match in matched if match.customer_id is not None}
    pin_customers(connection, known)  # else one may be erased before their event lands
    if not matched or not is_anybody_erased(connection):
        return list(matched)
    gone = erased_among(connection, known)
    hashes = {
        event.address: address_hash(signing_key, event.address)
        for event, match in matched
        if match.customer_id is None and event.address
    }
    strangers = erased_hashes(connection, set(hashes.values()))
    return [
        _discreet(event, match)
        if match.customer_id in gone or hashes.get(event.address or "", "") in strangers
        else (event, match)
        for event, match in matched
    ]


def _discreet(event: IncomingEvent, match: Match) -> _Found:
    """A mail's own id names the server it is from, so its hash tells repeats apart."""
    event_id = event.event_id
    if "@" in event_id:
        event_id = hashlib.sha256(event_id.encode()).hexdigest()
    bare = replace(event, event_id=event_id, address=None, detail="", payload={})
    return bare, replace(match, erased=True)
