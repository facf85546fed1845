"""Tells in the open tasks of a contract that its end was moved: their briefs name the old one.

Callers own the transaction.
"""

import re
from datetime import date, datetime

from sqlalchemy import Connection, select, update

from contacts.record.orders.contracts import TRIGGER
from contacts.record.tables import Enrolment, Task, Touch
from contacts.wording import day_in_words

_LONGEST_TITLE = 200
_A_DAY = r"\w{3} \d\d? \w{3} \d{4}"
_TITLE_BEFORE = re.compile(rf"^(?:Ends {_A_DAY} now|No contract of theirs now): ")
_BRIEF_BEFORE = re.compile(r"^The contract [^\n]* What follows was written before that\.\n\n")


def tell_in_tasks(
    connection: Connection,
    customer_id: int,
    contract_id: str,
    ends_on: date | None,
    *,
    now: datetime,
) -> None:
    """Say it first in the title and in the brief, in the place of what an earlier move said.

    Without a day it is no contract of this customer any more.
    """
    begins = f"{TRIGGER}{contract_id}:"
    rows = connection.execute(
        select(Task.id, Task.title, Task.brief, Enrolment.trigger)
        .join(Touch, Touch.id == Task.touch_id)
        .join(Enrolment, Enrolment.id == Touch.enrolment_id)
        .where(
            Task.customer_id == customer_id,
            Task.state == "open",
            Enrolment.trigger.startswith(begins, autoescape=True),
        )
        .order_by(Task.id)
        .with_for_update(of=Task)
    ).all()
    for row in rows:
        if row.trigger[: -len(date.min.isoformat())] != begins:
            continue  # of a contract whose number only begins like this one's
        title = _title(ends_on) + _TITLE_BEFORE.sub("", row.title)
        brief = _brief(contract_id, ends_on) + _BRIEF_BEFORE.sub("", row.brief)
        values = {"title": title[:_LONGEST_TITLE], "brief": brief, "changed_at": now}
        connection.execute(update(Task).where(Task.id == row.id).values(values))


def _title(ends_on: date | None) -> str:
    if ends_on is None:
        return "No contract of theirs now: "
    return f"Ends {day_in_words(ends_on)} now: "


def _brief(contract_id: str, ends_on: date | None) -> str:
    what = "is another customer's" if ends_on is None else f"ends on {day_in_words(ends_on)}"
    return f"The contract {contract_id} {what} now. What follows was written before that.\n\n"
