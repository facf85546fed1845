"""The record's health: its version, its clock, and what has been standing still in it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, Connection, Engine, func, or_, select

from contacts.cadences.timezones import zone
from contacts.record.clock import DatabaseNow
from contacts.record.engine import RecordError, reading
from contacts.record.migrate import check_schema, schema_version
from contacts.record.sending.channels import channel_states
from contacts.record.tables import Attempt, Base, Customer, Queued, StuckEvent, Touch
from contacts.wording import so_many

_NOTICEABLE, _HARMFUL = timedelta(seconds=5), timedelta(minutes=1)
_LONG = timedelta(hours=1)


class Verdict(StrEnum):
    OK = "ok"
    NOTE = "note"  # nobody looked; it is for a person to see to
    WARN = "warn"  # works, and should be seen to
    FAIL = "FAIL"  # does not work


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found, in a line, and perhaps a line a place.

    Never a secret, an address or a person's name.
    """

    check: str
    verdict: Verdict
    said: str
    remedy: str = ""


def record_findings(engine: Engine, *, now: datetime) -> Iterator[Finding]:
    """Look at everything; what cannot be reached is one finding, and the rest is left out."""
    try:
        check_schema(engine)
        with reading(engine) as connection:
            place = engine.url.render_as_string(hide_password=True)
            yield Finding("record", Verdict.OK, f"{place}, schema {schema_version(connection)}")
            yield _clock(connection, now)
            yield from _stuck(connection, now)
            yield from _channels(connection)
            yield _zones(connection)
    except RecordError as error:
        remedy = "see the message; 'touchline migrate' brings an older schema up to date"
        yield Finding("record", Verdict.FAIL, str(error), remedy)


def _clock(connection: Connection, now: datetime) -> Finding:
    said: datetime = connection.execute(select(DatabaseNow().label("now"))).scalar_one()
    apart = abs(_aware(said) - now)
    words = f"this machine's and the database's differ by {apart.total_seconds():.1f} s"
    if apart < _NOTICEABLE:
        return Finding("clock", Verdict.OK, words)
    verdict = Verdict.WARN if apart < _HARMFUL else Verdict.FAIL
    return Finding("clock", verdict, words, "let both follow a time server (NTP)")


def _aware(instant: datetime) -> datetime:
    return instant if instant.tzinfo is not None else instant.replace(tzinfo=UTC)


def _stuck(connection: Connection, now: datetime) -> Iterator[Finding]:
    """What a pass would have moved on, had one run; and what waits for somebody's word."""
    dead = Queued.lease_until < DatabaseNow(-int(_LONG.total_seconds()))
    free = or_(Queued.lease_until.is_(None), Queued.lease_until < DatabaseNow())
    gone = (Attempt.state == "sending", Attempt.lease_until < DatabaseNow())
    yield _none_of(
        ("claims", _count(connection, Queued, dead)),
        "claimed over an hour ago and not sent",
        "they are free again; does a pass run? ('touchline up', or 'touchline tick')",
    )
    yield _none_of(
        ("overdue", _count(connection, Queued, Queued.ready_at < now - _LONG, free)),
        "ready for over an hour",
        "does a pass run ('touchline up', or 'touchline tick')? And is sending paused? "
        "'touchline resume --plan' shows it",
    )
    yield _none_of(
        ("attempts", _count(connection, Attempt, *gone)),
        "begun by a worker that is gone",
        "the next pass calls them in doubt",
    )
    yield _none_of(
        ("in doubt", _count(connection, Touch, Touch.state == "unknown")),
        "without an answer that tells whether they arrived",
        "a webhook settles them, or after an hour a person: do webhooks reach public_url?",
    )
    yield _none_of(
        ("for review", _count(connection, Touch, Touch.state == "needs_review")),
        "waiting for a person's word whether they arrived",
        "their owners have the tasks; docs/operations.md says how one is closed",
    )
    yield _none_of(
        ("events", _count(connection, StuckEvent)),
        "from providers could not be applied, by a fault of ours",
        "the web app keeps them and tries again every ten minutes: update Touchline; its log has "
        "the place",
        otherwise=Verdict.FAIL,
    )


def _none_of(
    counted: tuple[str, int], what: str, remedy: str, *, otherwise: Verdict = Verdict.WARN
) -> Finding:
    check, count = counted
    verdict = otherwise if count else Verdict.OK
    return Finding(check, verdict, f"{count or 'none'} {what}", remedy if count else "")


def _count(connection: Connection, table: type[Base], *which: ColumnElement[bool]) -> int:
    statement = select(func.count()).select_from(table).where(*which)
    count: int = connection.execute(statement).scalar_one()
    return count


def _channels(connection: Connection) -> Iterator[Finding]:
    for state in channel_states(connection):
        if state.open and state.marketing_held is not None:
            yield Finding(
                "channel",
                Verdict.FAIL,
                f"{state.name} keeps marketing back: {state.marketing_held}",
                f"look at whom you write to and why, then 'touchline channel open {state.name}'",
            )
        elif state.open:
            yield Finding("channel", Verdict.OK, f"{state.name} is open")
        else:
            yield Finding(
                "channel",
                Verdict.FAIL,
                f"{state.name} is closed: {state.reason or 'no reason given'}",
                f"put that right, then 'touchline channel open {state.name}'",
            )


def _zones(connection: Connection) -> Finding:
    """Customers whose zone this machine does not know get nothing by themselves."""
    rows = connection.execute(
        select(Customer.timezone, func.count())
        .where(Customer.active)
        .group_by(Customer.timezone)
        .order_by(Customer.timezone)
    ).all()
    unknown = [(name, count) for name, count in rows if not _is_known(name)]
    if not unknown:
        known = so_many(len(rows), "time zone of customers", "time zones of customers")
        return Finding("zones", Verdict.OK, f"{known}, all known")
    said = ", ".join(f"{name} ({count})" for name, count in unknown[:5])
    return Finding(
        "zones",
        Verdict.WARN,
        f"{so_many(sum(count for _, count in unknown), 'customer lives', 'customers live')} "
        f"in a zone unknown here: {said}",
        "install the newest 'tzdata', or correct the customers' timezone",
    )


def _is_known(name: str) -> bool:
    try:
        zone(name)
    except ValueError:
        return False
    return True
