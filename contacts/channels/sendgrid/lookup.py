"""SendGrid's Email Activity list: whether it has a mail, by the mark that the mail carries.

The list is a paid add-on: without it SendGrid answers 403 or 404, and absence cannot be proved.
"""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import orjson

from contacts.channels.asking import Found, InDoubt, Listed, Looked
from contacts.channels.outgoing import provider_mark
from contacts.channels.wire import Asker, Reply, WireFailure

SETTLE = timedelta(minutes=60)
_NO_ADD_ON = frozenset({401, 403, 404})


class SendGridActivity:
    """`asking.MessageList` for e-mail."""

    settle = SETTLE
    most = 5  # SendGrid answers six of these questions a minute
    at_once = 1

    def __init__(self, wire: Asker, *, api_key: str, base_url: str) -> None:
        self._wire = wire
        self._url = f"{base_url.rstrip('/')}/v3/messages"
        self._headers = {
            "Authorization": f"Bearer {api_key}",
            "Accept": "application/json",
            "User-Agent": "touchline",
        }

    async def look_up(self, doubt: InDoubt) -> Looked:
        # The custom arguments of a mail are searched by their older name.
        query = f"unique_args['attempt_id']=\"{doubt.attempt_id}\""
        url = f"{self._url}?{urlencode({'limit': 10, 'query': query})}"
        reply = await self._wire.get(url, self._headers)
        return Looked(Found.NO_ANSWER) if isinstance(reply, WireFailure) else looked(reply)


def looked(reply: Reply) -> Looked:
    """What an answer of the Email Activity API says."""
    if reply.status in _NO_ADD_ON:
        return Looked(Found.NO_LIST)
    if reply.status != 200:
        return Looked(Found.NO_ANSWER)
    try:
        messages = orjson.loads(reply.body)["messages"]
        return Looked.at(tuple(map(_listed, messages)))
    except (orjson.JSONDecodeError, LookupError, TypeError, ValueError):
        return Looked(Found.NO_ANSWER)  # no list, whatever it is


def _listed(message: dict[str, Any]) -> Listed:
    """`msg_id` is the id that the request was answered with, and what SendGrid appends to it."""
    mark = provider_mark(str(message["msg_id"] or "").partition(".")[0])
    if mark is None:
        raise ValueError("a message without an id")
    return Listed(mark, created_at=None, is_ours=True)
