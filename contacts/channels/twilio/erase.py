"""Twilio's erasure of a message: the record of it goes, with its words and its numbers.

Twilio refuses it for a message that is still on its way; so it is asked again.
"""

from base64 import b64encode

from contacts.channels.erasing import Erasing, judged
from contacts.channels.wire import Remover

_GONE = frozenset({204, 404})


class TwilioErasure:
    """`erasing.Eraser` by message id."""

    def __init__(self, wire: Remover, *, account_sid: str, auth_token: str, base_url: str) -> None:
        self._wire = wire
        self._url = f"{base_url.rstrip('/')}/2010-04-01/Accounts/{account_sid}/Messages"
        credentials = b64encode(f"{account_sid}:{auth_token}".encode()).decode("ascii")
        self._headers = {
            "Authorization": f"Basic {credentials}",
            "Accept": "application/json",
            "User-Agent": "touchline",
        }

    async def erase(self, target: str) -> Erasing:
        return judged(await self._wire.delete(f"{self._url}/{target}.json", self._headers), _GONE)
