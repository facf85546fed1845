"""By when a person has to do something for a customer: the owner's days, else the customer's."""

from datetime import datetime

from contacts.cadences.calendar import Place, deadline
from contacts.cadences.facts import Facts
from contacts.cadences.working import Roster


def due_at(
    roster: Roster, whose: tuple[Facts, Place], days: int, *, business: bool, now: datetime
) -> datetime:
    """The end of the day so many (business) days from now, of the customer's owner.

    Where nobody owns the customer any more, it is the end of theirs.
    """
    facts, place = whose
    if facts.owner.email in roster:
        return roster.due(facts.owner.email, now, days, business=business)
    return deadline(now, days, business=business, place=place)
