"""How often somebody may try to sign in: by account, and by the address that they come from."""

from collections.abc import Callable
from datetime import datetime
from threading import Lock

from contacts.web.buckets import Buckets

_LONGEST_NAME = 254


class Tries:
    """Counts tries before anything is looked up, so that a refusal says nothing of the account."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._of_an_account = Buckets(10, 60)
        self._from_an_address = Buckets(30, 10)
        self._lock = Lock()  # handlers run on threads

    def wait(self, email: str, address: str) -> float:
        """Count a try; seconds until one is allowed again where this one is not, else 0."""
        now = self._clock().timestamp()
        with self._lock:
            return self._from_an_address.take(address, now) or self._of_an_account.take(
                email[:_LONGEST_NAME], now
            )
