"""What customers said last, as the gate asks it once they are held: one statement for all of it."""

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import Connection, null, or_, select, union_all

from contacts.cadences.wishes import Wishes, wishes_of
from contacts.record.consent.unclear import KIND
from contacts.record.many import constant, one_of
from contacts.record.tables import Customer, Task


class LastWords(NamedTuple):
    wishes: dict[int, Wishes]
    """Of those customers who have any, or whom we leave alone."""
    unclear: set[int]
    """Customers whose answer nobody has read yet."""


def last_words(connection: Connection, customer_ids: Collection[int]) -> LastWords:
    """The wishes and unread answers of these customers, as they stand in this transaction."""
    said = LastWords({}, set())
    for customer, kept, waived_until in connection.execute(_LAST, {"customers": customer_ids}):
        wishes = wishes_of(kept, waived_until=waived_until)
        if wishes is None:
            said.unclear.add(customer)
        else:
            said.wishes[customer] = wishes
    return said


_LAST = union_all(
    select(Customer.id, Customer.wishes, Customer.waived_until).where(
        one_of(Customer.id, "customers"),
        or_(Customer.wishes.is_not(None), Customer.waived_until.is_not(None)),
    ),
    select(Task.customer_id, null(), null()).where(
        one_of(Task.customer_id, "customers"), Task.state == constant("open"), Task.kind == KIND
    ),
)
