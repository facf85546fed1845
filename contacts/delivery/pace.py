"""Sending slowly after a pause: no minute takes up more than its share of the backlog."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

from sqlalchemy import Connection

from contacts.record.sending.resumes import Ramp, end_ramp, minute_of, share_of, take
from contacts.record.touches.queue import Claim, claim
from contacts.wording import so_many

_LOOK_EVERY = 1.0  # seconds

Sleep = Callable[[float], Awaitable[object]]


class Pace:
    """The pace of one pass, kept with all others through the record."""

    def __init__(self, ramp: Ramp, *, sleep: Sleep | None = asyncio.sleep) -> None:
        """`sleep` None: a pass ends with the minute's share instead of waiting for the next."""
        self.ramp = ramp
        self._sleep = sleep
        self._is_over = False
        self._used_up: int | None = None  # the minute whose share is

    @property
    def words(self) -> str:
        """What people are told."""
        return (
            f"Coming back slowly: {so_many(self.ramp.backlog, 'touch was', 'touches were')} "
            f"overdue, at most {self.ramp.per_minute} of them leave in a minute."
        )

    def claim(
        self, connection: Connection, *, now: datetime, limit: int, lease_seconds: int
    ) -> list[Claim]:
        """Claim what may leave in this minute, at most `limit`; callers own the transaction."""
        share = None if self._is_over else share_of(connection, self.ramp, now=now)
        self._is_over, self._used_up = share is None, None
        if share is None:
            return claim(connection, now=now, limit=limit, lease_seconds=lease_seconds)
        wanted = min(limit, share.left)
        claims = (
            claim(connection, now=now, limit=wanted, lease_seconds=lease_seconds) if wanted else []
        )
        take(connection, self.ramp, share, len(claims))
        # Nothing is overdue any more; or what still comes is no backlog.
        if len(claims) < wanted or len(claims) >= share.backlog_left:
            end_ramp(connection, self.ramp, now=now)
            self._is_over = True
        elif not claims:
            self._used_up = share.minute
        return claims

    async def wait(self, instant: Callable[[], datetime], go_on: Callable[[], bool]) -> bool:
        """Wait for the next minute; False if there is nothing to wait for, or no more time."""
        if self._used_up is None or self._sleep is None:
            return False
        while go_on():
            if minute_of(self.ramp, instant()) != self._used_up:
                return True
            await self._sleep(_LOOK_EVERY)
        return False
