"""Twilio's list of messages: whether it has an SMS, by its number, its time and its words.

A message carries no mark of ours that the list would show. And it is asked twice: for what was sent
since the day before, then, where that has not got it, for what still waits and so has no date yet.
"""

import unicodedata
from base64 import b64encode
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlencode

import orjson

from contacts.channels.asking import Found, InDoubt, Listed, Looked
from contacts.channels.outgoing import provider_mark
from contacts.channels.wire import Asker, WireFailure

SETTLE = timedelta(minutes=10)
_PAGE_SIZE = 100
_MOST_PAGES = 20
_SAME_WORDS_WITHIN = timedelta(days=1)
"""Wide, for clocks differ; whose message it is its words say, and ids that are known already."""
_OTHER_WORDS_WITHIN = timedelta(minutes=20)
"""Something else that went to this number just then may be ours with its words changed."""


class TwilioMessages:
    """`asking.MessageList` for SMS."""

    settle = SETTLE
    most = 200
    at_once = 8

    def __init__(
        self, wire: Asker, *, account_sid: str, auth_token: str, base_url: str, sender: str
    ) -> None:
        self._wire = wire
        self._base_url = base_url.rstrip("/")
        self._path = f"/2010-04-01/Accounts/{account_sid}/Messages.json"
        # A Messaging Service (MG…) picks the number itself, so nothing is known to ask for.
        self._from = {} if sender.startswith("MG") else {"From": sender}
        credentials = b64encode(f"{account_sid}:{auth_token}".encode()).decode("ascii")
        self._headers = {
            "Authorization": f"Basic {credentials}",
            "Accept": "application/json",
            "User-Agent": "touchline",
        }

    async def look_up(self, doubt: InDoubt) -> Looked:
        to = {"To": doubt.address, **self._from, "PageSize": str(_PAGE_SIZE)}
        since = (doubt.began_at - _SAME_WORDS_WITHIN).date().isoformat()
        listed: tuple[Listed, ...] = ()
        for question in (to | {"DateSent>": since}, to):
            try:
                listed = tuple([one async for one in self._listed(question, doubt)])
            except _Unreadable:
                return Looked(Found.NO_ANSWER)
            if any(one.is_ours for one in listed):
                break
        return Looked.at(listed)

    async def _listed(self, question: Mapping[str, str], doubt: InDoubt) -> AsyncIterator[Listed]:
        """What may be the message in doubt, of all pages."""
        path: str | None = f"{self._path}?{urlencode(question)}"
        for _ in range(_MOST_PAGES):
            if path is None:
                return
            page = await self._page(path)
            try:
                candidates = [_candidate(message, doubt) for message in page["messages"]]
                path = self._next(page["next_page_uri"])
            except (LookupError, TypeError, ValueError, AttributeError):
                raise _Unreadable from None
            for one in candidates:
                if one is not None:
                    yield one
        if path is not None:
            raise _Unreadable  # a list that was not read to its end proves nothing

    async def _page(self, path: str) -> Any:
        reply = await self._wire.get(f"{self._base_url}{path}", self._headers)
        if isinstance(reply, WireFailure) or reply.status != 200:
            raise _Unreadable
        try:
            return orjson.loads(reply.body)
        except orjson.JSONDecodeError:
            raise _Unreadable from None

    def _next(self, uri: str | None) -> str | None:
        """The next page; never anywhere else, for the key goes along."""
        if uri is not None and not uri.startswith(f"{self._path}?"):
            raise ValueError("not a page of this list")
        return uri


class _Unreadable(Exception):
    """The list, or a page of it, could not be read."""


def _candidate(message: Mapping[str, Any], doubt: InDoubt) -> Listed | None:
    created_at = parsedate_to_datetime(message["date_created"])
    apart = abs(created_at - doubt.began_at)
    is_ours = _same_words(message["body"] or "", doubt.text)
    if message["direction"] == "inbound":
        return None
    if apart > (_SAME_WORDS_WITHIN if is_ours else _OTHER_WORDS_WITHIN):
        return None
    sid = provider_mark(message["sid"])
    if sid is None:
        raise ValueError("a message without a sid")
    return Listed(sid, created_at, is_ours)


def _same_words(listed: str, sent: str) -> bool:
    """Letters and digits alone: Twilio swaps quotes and dashes, and a trial puts words in front."""
    letters = _letters(sent)
    return _letters(listed).endswith(letters) if letters else listed.strip() == sent.strip()


def _letters(text: str) -> str:
    folded = unicodedata.normalize("NFKD", text).casefold()
    return "".join(one for one in folded if one.isalnum())
