"""Whom a cadence's `start` takes in: candidates from the record, each with its trigger's key.

A trigger's key names the cause, and an enrolment is unique by (customer, cadence, trigger): the
same cause never starts a cadence twice.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    SQLColumnExpression,
    String,
    and_,
    bindparam,
    cast,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.orm import aliased

from contacts.cadences.model import Cadence, Start
from contacts.cadences.reach import CONFIRM_WITHIN
from contacts.record.contracts import TRIGGER
from contacts.record.many import one_of
from contacts.record.people import ConsentKind
from contacts.record.signals import signalled_by
from contacts.record.tables import (
    Consent,
    Contract,
    Customer,
    Enrolment,
    Instant,
    Order,
    Signal,
    Task,
    Touch,
)

PAGE = 500
"""Candidates that come together."""
WINDOW = 5000
"""Customers who are looked at together. Everything is asked of these ids alone: left to itself
PostgreSQL reads the whole of the enrolments anew for every page."""
_A_DAY = timedelta(days=1)
_HALF_A_DAY = timedelta(hours=12)
_REMEMBERED = timedelta(days=14)
"""How long after its time the end of a contract still starts a cadence, e.g. after downtime."""
Within = Callable[[Any], ColumnElement[bool]]
"""Says of a column which customers are looked at."""


@dataclass(frozen=True, slots=True)
class Candidate:
    customer_id: int
    trigger: str
    timezone: str


def candidates(
    connection: Connection,
    cadence: Cadence,
    *,
    now: datetime,
    among: Collection[int] | None = None,
    window: int = WINDOW,
) -> Iterator[list[Candidate]]:
    """Active customers whom the trigger names and who were not enrolled for it, in pages.

    Who has several causes comes again in a later page, for each of the others. With `among` only
    these customers, at a cost by their number alone.
    """
    if among is not None:
        yield from _among(connection, cadence, sorted(among), now=now, window=window)
        return
    statement = _select(cadence, now, _in_window)
    after = 0
    while until := connection.execute(_WINDOW, {"after": after, "most": window}).scalar_one():
        rows = connection.execute(statement, {"after": after, "until": until}).all()
        yield from _pages(cadence, rows)
        after = until


def _among(
    connection: Connection, cadence: Cadence, ids: Sequence[int], *, now: datetime, window: int
) -> Iterator[list[Candidate]]:
    statement = _select(cadence, now, _is_asked_of)
    for start in range(0, len(ids), window):
        some = ids[start : start + window]
        yield from _pages(cadence, connection.execute(statement, {"asked": some}).all())


def _pages(cadence: Cadence, rows: Sequence[Any]) -> Iterator[list[Candidate]]:
    """Everybody's first cause in the first pages; second ones follow, in case that one fails."""
    waves: list[list[Candidate]] = []
    met: Counter[int] = Counter()
    for row in rows:
        if met[row.id] == len(waves):
            waves.append([])
        waves[met[row.id]].append(Candidate(row.id, _key(cadence.start, row.cause), row.timezone))
        met[row.id] += 1
    for found in waves:
        for start in range(0, len(found), PAGE):
            yield found[start : start + PAGE]


def occurrences(
    connection: Connection, cadence: str, customer_ids: Collection[int]
) -> set[tuple[int, str]]:
    """(customer, occurrence) of the touches that these customers ever had of the cadence."""
    wanted = {"customers": customer_ids, "cadence": cadence}
    return {(row.customer_id, row.occurrence) for row in connection.execute(_OCCURRENCES, wanted)}


def _select(cadence: Cadence, now: datetime, within: Within) -> Any:
    start = cadence.start
    if start.on == "customer.quiet":
        return _quiet(cadence, now, within)
    if start.on == "contract.ending":
        return _ending(cadence, now, within)
    if start.on == "contract.ended":
        return _over(cadence, now, within)
    if start.on == "customer.idle":
        return _idle(cadence, now, within)
    if start.on == "consent.asked":
        return _asked(cadence, now, within)
    if start.on == "signal":
        return _signalled(cadence, within)
    return _active(literal(""), within).where(
        ~_enrolled(cadence, within, Enrolment.trigger == start.on)
    )


def _key(start: Start, cause: Any) -> str:
    if start.on == "customer.added":
        return start.on
    prefix = {
        "customer.quiet": "quiet",
        "contract.ending": "contract",
        "contract.ended": "contract",
        "customer.idle": "idle",
        "consent.asked": "consent",
        "signal": "signal",
    }[start.on]
    if isinstance(cause, datetime):
        cause = cause.date()
    return f"{prefix}:{cause}"


def _active(cause: SQLColumnExpression[Any], within: Within) -> Any:
    # Said this way round, for SQLite would rather read all who are active than a window of ids.
    is_active = Customer.active.is_not(False)
    return (
        select(Customer.id, Customer.timezone, cause.label("cause"))
        .where(is_active, within(Customer.id))
        .order_by(Customer.id)
    )


# Which of the two is said of every table that is asked, for no database concludes it for the others
# by itself.
def _in_window(customer_id: Any) -> ColumnElement[bool]:
    return and_(customer_id > bindparam("after"), customer_id <= bindparam("until"))


def _is_asked_of(customer_id: Any) -> ColumnElement[bool]:
    return one_of(customer_id, "asked")


def _enrolled(
    cadence: Cadence, within: Within, *conditions: ColumnElement[bool]
) -> ColumnElement[bool]:
    return _any_enrolment(within, Enrolment.cadence == cadence.name, *conditions)


def _any_enrolment(within: Within, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    mine = and_(Enrolment.customer_id == Customer.id, within(Enrolment.customer_id))
    return select(Enrolment.id).where(mine, *conditions).exists()


def _is_on(cadence: Cadence, within: Within) -> ColumnElement[bool]:
    """Whether the customer is on this very cadence; a second time has to wait for its end."""
    return _enrolled(cadence, within, Enrolment.state == "active")


def _quiet(cadence: Cadence, now: datetime, within: Within) -> Any:
    """No order for so long; a spell counts from its last order, and starts the cadence once.

    A return is no order.
    """
    assert cadence.start.after is not None  # noqa: S101  # parse_cadence asks for it
    last = (
        select(Order.customer_id, func.max(Order.ordered_at).label("at"))
        .where(Order.ordered_at <= now, Order.amount > 0, within(Order.customer_id))
        .group_by(Order.customer_id)
        .subquery()
    )
    since = Enrolment.started_at >= last.c.at
    return (
        _active(last.c.at, within)
        .join(last, last.c.customer_id == Customer.id)
        .where(last.c.at <= now - timedelta(days=cadence.start.after.days))
        .where(~_enrolled(cadence, within, since), ~_is_on(cadence, within))
    )


def _ending(cadence: Cadence, now: datetime, within: Within) -> Any:
    """A contract ends within the span, and no later one of its kind goes on behind it.

    A renewed contract has another end, hence another key. Who has several goes through the cadence
    for one at a time, the one that ends first.
    """
    assert cadence.start.before is not None  # noqa: S101  # parse_cadence asks for it
    # The earliest calendar day anywhere, so that `contract.days_left` is never more than `before`.
    today = (now - _HALF_A_DAY).date()
    later = aliased(Contract)
    renewed = select(later.id).where(
        later.customer_id == Contract.customer_id,
        later.kind == Contract.kind,
        later.starts_on > Contract.starts_on,
        later.ends_on > Contract.ends_on,
    )
    between = Contract.ends_on.between(today, cadence.start.before.after(today))
    return _ends(cadence, within, between).where(~renewed.exists())


def _over(cadence: Cadence, now: datetime, within: Within) -> Any:
    """A contract ended so long ago; not one of before we looked, which nobody remembers."""
    assert cadence.start.after is not None  # noqa: S101  # parse_cadence asks for it
    # The earliest calendar day anywhere: it is over for the customer, wherever they are.
    last = (now - _HALF_A_DAY).date() - timedelta(days=cadence.start.after.days)
    return _ends(cadence, within, Contract.ends_on.between(last - _REMEMBERED, last))


def _ends(cadence: Cadence, within: Within, between: ColumnElement[bool]) -> Any:
    cause = Contract.contract_id + literal(":") + cast(Contract.ends_on, String)
    return (
        _active(cause, within)
        .join(Contract, Contract.customer_id == Customer.id)
        .where(between)
        .where(~_enrolled(cadence, within, Enrolment.trigger == literal(TRIGGER) + cause))
        .where(~_is_on(cadence, within))
        .order_by(Contract.ends_on, Contract.id)
    )


def _idle(cadence: Cadence, now: datetime, within: Within) -> Any:
    """Nobody has the customer in hand: no cadence, no open task, no waiver.

    A cadence that ended as soon as it began would begin again at every look, so it does not within
    a day; unless a person did what it asked for, and the customer is in nobody's hand again.
    """
    busy = _any_enrolment(within, Enrolment.state == "active")
    task = select(Task.id).where(Task.customer_id == Customer.id, Task.state == "open")
    times = (
        select(func.count())
        .where(Enrolment.customer_id == Customer.id, Enrolment.cadence == cadence.name)
        .scalar_subquery()
    )
    free = or_(Customer.waived_until.is_(None), Customer.waived_until < now.date())
    yesterday = literal(now - _A_DAY, Instant())
    tended = (
        select(Task.customer_id, func.max(Task.closed_at).label("at"))
        .where(Task.kind == "reach", Task.closed_at > yesterday, within(Task.customer_id))
        .group_by(Task.customer_id)
        .subquery()
    )
    lately = _enrolled(
        cadence, within, Enrolment.started_at > func.coalesce(tended.c.at, yesterday)
    )
    return (
        _active(times, within)
        .outerjoin(tended, tended.c.customer_id == Customer.id)
        .where(~busy, ~task.exists(), free, ~lately)
    )


def _asked(cadence: Cadence, now: datetime, within: Within) -> Any:
    """A request for marketing mail is new: each is asked to be confirmed once, soon or never."""
    return (
        _active(Consent.id, within)
        .join(Consent, Consent.customer_id == Customer.id)
        .where(
            Consent.kind == ConsentKind.PENDING,
            Consent.at > now - CONFIRM_WITHIN,
            Consent.at <= now,
            within(Consent.customer_id),
        )
        .where(~_enrolled(cadence, within, Enrolment.trigger == asked_by(Consent.id)))
        .where(~_is_on(cadence, within))
        .order_by(Consent.at, Consent.id)
    )


def _signalled(cadence: Cadence, within: Within) -> Any:
    """Something was noticed and is not over; of several signals the weightiest goes first."""
    assert cadence.start.kinds is not None  # noqa: S101  # parse_cadence asks for it
    return (
        _active(Signal.id, within)
        .join(Signal, Signal.customer_id == Customer.id)
        .where(
            Signal.cleared_at.is_(None),
            Signal.kind.in_([kind.value for kind in cadence.start.kinds]),
            within(Signal.customer_id),
        )
        .where(~_enrolled(cadence, within, Enrolment.trigger == signalled_by(Signal.id)))
        .where(~_is_on(cadence, within))
        .order_by(Signal.weight.desc(), Signal.id)
    )


def asked_by(consent_id: Any) -> ColumnElement[str]:
    """The trigger of the cadence that asks to confirm this row of consent."""
    return literal("consent:") + cast(consent_id, String)


_WINDOW = select(
    func.max(
        select(Customer.id)
        .where(Customer.id > bindparam("after"))
        .order_by(Customer.id)
        .limit(bindparam("most"))
        .subquery()
        .c.id
    )
)
_OCCURRENCES = (
    select(Touch.customer_id, Touch.occurrence)
    .where(one_of(Touch.customer_id, "customers"), Touch.cadence == bindparam("cadence"))
    .distinct()
)
