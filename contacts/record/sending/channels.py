"""Channels in the record: open or closed, resting or held.

What is here is shared by every worker and outlives them. When a channel rests, and for how long, is
the breaker's to say (contacts/delivery/breaker.py).
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, case, or_, select, update

from contacts.record.inserting import insert_into
from contacts.record.many import one_of
from contacts.record.tables import Channel

CHANNELS = ("email", "sms")


@dataclass(frozen=True, slots=True)
class ChannelState:
    name: str
    open: bool
    reason: str | None = None  # why it is closed
    changed_at: datetime | None = None  # None: nothing was ever amiss with it
    unknown_in_a_row: int = 0
    rested_at: datetime | None = None
    probe_at: datetime | None = None
    held_until: datetime | None = None
    marketing_held: str | None = None  # why marketing waits
    opened_at: datetime | None = None

    @property
    def may_send(self) -> bool:
        """Whether everything may leave by it that is due."""
        return self.open and self.rested_at is None and self.marketing_held is None


def channel_states(connection: Connection) -> list[ChannelState]:
    """Whether each channel may send, and why not."""
    known = {row.name: ChannelState(**row._asdict()) for row in connection.execute(_STATES)}
    return [known.get(name) or ChannelState(name, open=True) for name in CHANNELS]


def closed_channels(states: Iterable[ChannelState]) -> frozenset[str]:
    """The channels that a person has to open again."""
    return frozenset(state.name for state in states if not state.open)


def without_marketing(states: Iterable[ChannelState]) -> frozenset[str]:
    """The channels by which service alone may leave, until a person opens them again."""
    return frozenset(state.name for state in states if state.marketing_held is not None)


def close_channel(connection: Connection, name: str, *, reason: str, now: datetime) -> None:
    """Let nothing more leave by this channel until a person opens it again."""
    said: dict[str, Any] = {"open": False, "reason": reason[:200], "changed_at": now}
    write_channel(connection, name, now, said)


def hold_marketing(connection: Connection, name: str, *, reason: str, now: datetime) -> None:
    """Let no marketing leave by this channel until a person opens it; service goes on."""
    write_channel(connection, name, now, {"marketing_held": reason[:200]})


def open_channel(connection: Connection, name: str, *, now: datetime) -> None:
    """Let the channel send again, whatever kept it from that."""
    connection.execute(
        update(Channel)
        .where(Channel.name == name)
        .values(
            open=True,
            reason=None,
            changed_at=now,
            held_until=None,
            marketing_held=None,
            opened_at=now,
            **_SOUND,
        )
    )


def count_unknown(
    connection: Connection, name: str, more: int, *, anew: bool, now: datetime
) -> int:
    """Count answers in doubt, `anew` if a sound one came before; return how many are in a row now.

    The row stays locked until this transaction ends, so that workers count one after the other.
    """
    before = 0 if anew else Channel.unknown_in_a_row
    write_channel(connection, name, now, {"unknown_in_a_row": before + more}, first=more)
    counted = select(Channel.unknown_in_a_row).where(Channel.name == name)
    return int(connection.execute(counted).scalar_one())


def rest_channel(connection: Connection, name: str, *, probe_at: datetime, now: datetime) -> None:
    """Let the channel rest until `probe_at`; one that rests already goes on as it does."""
    connection.execute(
        update(Channel)
        .where(Channel.name == name, Channel.rested_at.is_(None))
        .values(rested_at=now, probe_at=probe_at)
    )


def take_probe(connection: Connection, state: ChannelState, *, next_at: datetime) -> bool:
    """Take the probe that is due for this worker alone, and set when the next one may be taken."""
    found = connection.execute(
        update(Channel)
        .where(Channel.name == state.name, Channel.probe_at == state.probe_at)
        .values(probe_at=next_at)
    )
    return found.rowcount == 1


def settle_channels(connection: Connection, names: Collection[str]) -> None:
    """The provider gave an answer that tells: nothing counts against these channels any more."""
    connection.execute(_SETTLE, {"names": names})


def hold_channel(connection: Connection, name: str, *, until: datetime, now: datetime) -> None:
    """Let nothing leave before `until`, for every worker; a longer wait that was said stays."""
    longer = case((Channel.held_until > until, Channel.held_until), else_=until)
    write_channel(connection, name, now, {"held_until": longer}, first=until)


def write_channel(
    connection: Connection, name: str, now: datetime, changed: dict[str, Any], *, first: Any = None
) -> None:
    """Change the channel's row, or make it; `first` is the one changed value in a new row."""
    new = {"name": name, "open": True, "changed_at": now, "unknown_in_a_row": 0}
    new |= changed if first is None else dict.fromkeys(changed, first)
    statement = insert_into(connection.dialect.name, Channel).values(new)
    connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_=changed))


_SOUND = {"unknown_in_a_row": 0, "rested_at": None, "probe_at": None}
_STATES = select(
    Channel.name,
    Channel.open,
    Channel.reason,
    Channel.changed_at,
    Channel.unknown_in_a_row,
    Channel.rested_at,
    Channel.probe_at,
    Channel.held_until,
    Channel.marketing_held,
    Channel.opened_at,
)
_SETTLE = (
    update(Channel)
    .where(
        one_of(Channel.name, "names"),
        or_(Channel.unknown_in_a_row > 0, Channel.rested_at.is_not(None)),
    )
    .values(_SOUND)
)
