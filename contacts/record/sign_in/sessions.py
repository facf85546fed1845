"""Who is signed in to the board: sessions, found by the hash of a token that only a browser has.

Callers own the transaction.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import Connection, ForeignKey, String, delete, insert, or_, select, update
from sqlalchemy.orm import Mapped, mapped_column

from contacts.record.base import Base

IDLE, LONGEST = timedelta(hours=12), timedelta(days=7)
"""A session ends so long after it was last used, and so long after it began at the latest."""
_NOTED_EVERY = timedelta(minutes=5)
"""How exactly it is kept when a session was last used; every page would be a write otherwise."""
_TOKEN_BYTES = 32


class Session(Base):
    __tablename__ = "sessions"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    """SHA-256 in hex: who reads the record, or a backup of it, is not signed in by that."""
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]


@dataclass(frozen=True, slots=True)
class LiveSession:
    token_hash: str
    account_id: int
    is_to_be_noted: bool
    """Whether its last use was so long ago that this one should be written down."""


def begin_session(connection: Connection, account_id: int, *, now: datetime) -> str:
    """The token of a new session; what has ended by now is removed on the way."""
    ended = or_(Session.seen_at <= now - IDLE, Session.created_at <= now - LONGEST)
    connection.execute(delete(Session).where(ended))
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    values = {
        "token_hash": hash_of(token),
        "account_id": account_id,
        "created_at": now,
        "seen_at": now,
    }
    connection.execute(insert(Session).values(values))
    return token


def live_session(connection: Connection, token: str, *, now: datetime) -> LiveSession | None:
    """The session of this token; None where there is none, or where it has ended."""
    row = connection.execute(
        select(Session.token_hash, Session.account_id, Session.seen_at).where(
            Session.token_hash == hash_of(token),
            Session.seen_at > now - IDLE,
            Session.created_at > now - LONGEST,
        )
    ).one_or_none()
    if row is None:
        return None
    return LiveSession(row.token_hash, row.account_id, row.seen_at <= now - _NOTED_EVERY)


def note_use(connection: Connection, token_hash: str, *, now: datetime) -> None:
    connection.execute(update(Session).where(Session.token_hash == token_hash).values(seen_at=now))


def end_session(connection: Connection, token_hash: str) -> None:
    connection.execute(delete(Session).where(Session.token_hash == token_hash))


def end_sessions(connection: Connection, account_id: int) -> None:
    """End every session of an account."""
    connection.execute(delete(Session).where(Session.account_id == account_id))


def hash_of(token: str) -> str:
    return sha256(token.encode()).hexdigest()
