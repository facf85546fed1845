"""SendGrid's erasure of a recipient: every personal datum that it has under an address.

The key needs the scope `recipients.erasejob.create`. A job of the parent account does not reach its
subusers.
"""

import orjson

from contacts.channels.erasing import Erasing, judged
from contacts.channels.wire import Poster

_ACCEPTED = frozenset({202})


class SendGridErasure:
    """`erasing.Eraser` by e-mail address."""

    def __init__(self, wire: Poster, *, api_key: str, base_url: str) -> None:
        self._wire = wire
        self._url = f"{base_url.rstrip('/')}/v3/recipients/erasejob"
        self._headers = {
            "Authorization": f"Bearer {api_key}",
            "Accept": "application/json",
            "Content-Type": "application/json",
            "User-Agent": "touchline",
        }

    async def erase(self, target: str) -> Erasing:
        body = orjson.dumps({"email_addresses": [target]})
        return judged(await self._wire.post(self._url, body, self._headers), _ACCEPTED)
