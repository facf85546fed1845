"""Which customers are looked at for a trigger, and what is asked of each whatever the trigger."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, SQLColumnExpression, and_, bindparam, select

from contacts.cadences.model import Cadence
from contacts.record.many import one_of
from contacts.record.tables import Customer, Enrolment

Within = Callable[[Any], ColumnElement[bool]]
"""Says of a column which customers are looked at."""


def active(cause: SQLColumnExpression[Any], within: Within) -> Any:
    # Said this way round, for SQLite would rather read all who are active than a window of ids.
    is_active = Customer.active.is_not(False)
    return (
        select(Customer.id, Customer.timezone, cause.label("cause"))
        .where(is_active, within(Customer.id))
        .order_by(Customer.id)
    )


# Which of the two is said of every table that is asked, for no database concludes it for the others
# by itself.
def in_window(customer_id: Any) -> ColumnElement[bool]:
    return and_(customer_id > bindparam("after"), customer_id <= bindparam("until"))


def is_asked_of(customer_id: Any) -> ColumnElement[bool]:
    return one_of(customer_id, "asked")


def enrolled(
    cadence: Cadence, within: Within, *conditions: ColumnElement[bool]
) -> ColumnElement[bool]:
    return any_enrolment(within, Enrolment.cadence == cadence.name, *conditions)


def any_enrolment(within: Within, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    mine = and_(Enrolment.customer_id == Customer.id, within(Enrolment.customer_id))
    return select(Enrolment.id).where(mine, *conditions).exists()


def is_on(cadence: Cadence, within: Within) -> ColumnElement[bool]:
    """Whether the customer is on this very cadence; a second time has to wait for its end."""
    return enrolled(cadence, within, Enrolment.state == "active")
