"""The customers on record for whom the rules of their number's country count."""

from datetime import datetime

from sqlalchemy import Connection

from contacts.cadences.facts import Facts
from contacts.cadences.law.abroad import places
from contacts.record.customers.abroad import newest_with_numbers
from contacts.record.customers.facts import load_facts
from contacts.settings import Settings

_MOST = 200
"""Of each country: enough to meet every language and every kind of customer."""


def customers_abroad(connection: Connection, settings: Settings, now: datetime) -> list[Facts]:
    """The newest of them, with everything that a message may say of them."""
    ids = [
        one
        for place in places()
        for one in newest_with_numbers(connection, place.calling_code, most=_MOST)
    ]
    return list(load_facts(connection, ids, settings=settings, now=now).values())
