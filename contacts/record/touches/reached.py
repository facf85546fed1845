"""Which messages the days of customers had, or may have had: attempts that may have arrived."""

from collections.abc import Collection, Iterable
from datetime import date

from sqlalchemy import Connection, bindparam, select
from sqlalchemy.orm import aliased

from contacts.cadences.room import SAME_NUMBER
from contacts.record.many import constant, one_of
from contacts.record.tables import ALIVE, Attempt, Customer

Reached = tuple[int, str, date]
"""Customer, channel, and the customer's local day."""


def reached_on(
    connection: Connection, customer_ids: Collection[int], days: Collection[date]
) -> Iterable[Reached]:
    """The messages of these days."""
    rows = connection.execute(_ON, {"customers": customer_ids, "days": days})
    return [(customer, channel, day) for customer, channel, day in rows]


def reached_after(
    connection: Connection, customer_ids: Collection[int], day: date
) -> Iterable[Reached]:
    """The messages of every later day than this one."""
    rows = connection.execute(_AFTER, {"customers": customer_ids, "day": day})
    return [(customer, channel, on) for customer, channel, on in rows]


def numbers_reached_after(
    connection: Connection, customer_ids: Collection[int], day: date
) -> Iterable[Reached]:
    """The SMS of later days to other customers who have the same phone number."""
    rows = connection.execute(_BY_NUMBER, {"customers": customer_ids, "day": day})
    return [(customer, SAME_NUMBER, on) for customer, on in rows]


_MAY_HAVE_ARRIVED = Attempt.state.in_([constant(state) for state in ALIVE])
_ON = select(Attempt.customer_id, Attempt.channel, Attempt.local_date).where(
    one_of(Attempt.customer_id, "customers"), one_of(Attempt.local_date, "days"), _MAY_HAVE_ARRIVED
)
_AFTER = select(Attempt.customer_id, Attempt.channel, Attempt.local_date).where(
    one_of(Attempt.customer_id, "customers"),
    # Both named, so that the index leads to the days.
    Attempt.channel.in_([constant("email"), constant("sms")]),
    Attempt.local_date > bindparam("day"),
    _MAY_HAVE_ARRIVED,
)
_OTHER = aliased(Customer)
_BY_NUMBER = (
    select(Customer.id, Attempt.local_date)
    .join(_OTHER, (_OTHER.phone == Customer.phone) & (_OTHER.id != Customer.id))
    .join(Attempt, Attempt.customer_id == _OTHER.id)
    .where(
        one_of(Customer.id, "customers"),
        Attempt.channel == constant("sms"),
        Attempt.local_date > bindparam("day"),
        _MAY_HAVE_ARRIVED,
    )
)
