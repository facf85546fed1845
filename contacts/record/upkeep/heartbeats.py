"""The heartbeats of installations: which of them worked with this record, and when last."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, case, select

from contacts.record.inserting import insert_into
from contacts.record.tables import Heartbeat

_LONGEST_HOST = 200


@dataclass(frozen=True, slots=True)
class Beat:
    """The latest sign of life of one installation."""

    name: str
    host: str
    at: datetime
    beats: int


def known_beats(connection: Connection) -> list[Beat]:
    """Every installation that this record knows, the one that worked last first."""
    rows = connection.execute(
        select(Heartbeat.name, Heartbeat.host, Heartbeat.at, Heartbeat.beats).order_by(
            Heartbeat.at.desc(), Heartbeat.name
        )
    )
    return [Beat(row.name, row.host, row.at, row.beats) for row in rows]


def beat(connection: Connection, name: str, *, host: str, at: datetime, after: int = 0) -> int:
    """Write a sign of life of this installation; return its number.

    Numbers grow, and are comparable between installations: they begin with the minute of the beat.
    This one is above `after`, the last that the installation's own folder knows.
    """
    least = max(int(at.timestamp() // 60), after + 1)
    row = {"name": name, "host": host[:_LONGEST_HOST], "at": at, "beats": least}
    number = case((Heartbeat.beats >= least, Heartbeat.beats + 1), else_=least)
    stored = (
        insert_into(connection.dialect.name, Heartbeat)
        .values(row)
        .on_conflict_do_update(
            index_elements=["name"], set_={"host": row["host"], "at": at, "beats": number}
        )
        .returning(Heartbeat.beats)
    )
    count: int = connection.execute(stored).scalar_one()
    return count
