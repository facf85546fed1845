"""The heartbeats of installations: which of them worked with this record, and when last."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, case, select
from sqlalchemy.dialects import postgresql, sqlite

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
    """Write a sign of life of this installation; return how many it gave in all.

    The number goes on from `after`, how many its own folder knows of, where the record knows fewer.
    """
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    row = {"name": name, "host": host[:_LONGEST_HOST], "at": at, "beats": after + 1}
    highest = case((Heartbeat.beats < after, after), else_=Heartbeat.beats)
    stored = (
        dialect.insert(Heartbeat)
        .values(row)
        .on_conflict_do_update(
            index_elements=["name"], set_={"host": row["host"], "at": at, "beats": highest + 1}
        )
        .returning(Heartbeat.beats)
    )
    count: int = connection.execute(stored).scalar_one()
    return count
