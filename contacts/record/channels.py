"""Channels in the record: open or closed, and what a customer's day already had."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, select, update
from sqlalchemy.dialects import postgresql, sqlite

from contacts.record.many import constant, one_of
from contacts.record.tables import ALIVE, Attempt, Channel

CHANNELS = ("email", "sms")


@dataclass(frozen=True, slots=True)
class ChannelState:
    name: str
    open: bool
    reason: str | None = None  # why it is closed
    changed_at: datetime | None = None  # None: it never was closed


def channel_states(connection: Connection) -> list[ChannelState]:
    """Whether each channel may send, and why not."""
    known = {row.name: row for row in connection.execute(select(Channel))}
    return [
        ChannelState(name, row.open, row.reason, row.changed_at)
        if (row := known.get(name)) is not None
        else ChannelState(name, open=True)
        for name in CHANNELS
    ]


def closed_channels(connection: Connection) -> frozenset[str]:
    """The channels that may not send."""
    return frozenset(connection.execute(_CLOSED).scalars())


def close_channel(connection: Connection, name: str, *, reason: str, now: datetime) -> None:
    """Let nothing more leave by this channel until a person opens it again."""
    row = {"name": name, "open": False, "reason": reason[:200], "changed_at": now}
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(Channel).values(row | {"unknown_in_a_row": 0})
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["name"],
            set_={"open": False, "reason": row["reason"], "changed_at": now},
        )
    )


def open_channel(connection: Connection, name: str, *, now: datetime) -> None:
    """Let the channel send again."""
    connection.execute(
        update(Channel)
        .where(Channel.name == name)
        .values(open=True, reason=None, changed_at=now, unknown_in_a_row=0)
    )


def reached_on(
    connection: Connection, customer_ids: Collection[int], days: Collection[date]
) -> set[tuple[int, str, date]]:
    """Which (customer, channel, local day) already had a message, or may have had one."""
    rows = connection.execute(_REACHED, {"customers": customer_ids, "days": days})
    return {(row.customer_id, row.channel, row.local_date) for row in rows}


_CLOSED = select(Channel.name).where(Channel.open.is_(False))
_REACHED = select(Attempt.customer_id, Attempt.channel, Attempt.local_date).where(
    one_of(Attempt.customer_id, "customers"),
    one_of(Attempt.local_date, "days"),
    Attempt.state.in_([constant(state) for state in ALIVE]),
)
