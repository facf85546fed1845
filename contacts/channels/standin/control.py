"""The stand-in's own questions under `/_standin/`: faults, clock, replies, what was accepted."""

from dataclasses import asdict
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from aiohttp import web

from contacts.channels.standin.answers import Handler, from_here, json_answer, json_object
from contacts.channels.standin.book import Kept
from contacts.channels.standin.forget import erase_addresses
from contacts.channels.standin.replies import NoReply, reply
from contacts.channels.standin.state import State

_FLUSH_SECONDS = 30.0
_MOST = 1000


class Control:
    def __init__(self, state: State) -> None:
        self._state = state

    def routes(self) -> list[web.RouteDef]:
        health = from_here(self.health)
        return [
            web.get("/health", health),
            web.get("/healthz", health),
            web.get("/_standin/faults", from_here(self.faults)),
            web.post("/_standin/faults", _plain(self.add_fault)),
            web.delete("/_standin/faults", from_here(self.clear_faults)),
            web.post("/_standin/clock", _plain(self.set_clock)),
            web.post("/_standin/outcomes", _plain(self.choose_outcome)),
            web.post("/_standin/reply", _plain(self.reply)),
            web.get("/_standin/messages", _plain(self.messages)),
            web.post("/_standin/flush", _plain(self.flush)),
            web.post("/_standin/erase", _plain(self.erase)),
        ]

    async def health(self, request: web.Request) -> web.Response:
        mouth = self._state.mouth
        return json_answer(
            {
                "status": "ok",
                "fingerprint": self._state.fingerprint,
                "accepted": self._state.book.count(),
                "requests": self._state.requests,
                "pending": 0 if mouth is None else mouth.courier.pending(),
            }
        )

    async def faults(self, request: web.Request) -> web.Response:
        return json_answer({"faults": self._state.faults.as_json()})

    async def add_fault(self, request: web.Request) -> web.Response:
        self._state.faults.add(await json_object(request))
        return json_answer({"faults": self._state.faults.as_json()}, 201)

    async def clear_faults(self, request: web.Request) -> web.Response:
        self._state.faults.clear()
        return web.Response(status=204)

    async def set_clock(self, request: web.Request) -> web.Response:
        at = (await json_object(request)).get("at")
        self._state.clock.set(None if at is None else _instant(at))
        return json_answer({"now": self._state.clock.now().isoformat()})

    async def choose_outcome(self, request: web.Request) -> web.Response:
        """How later messages to a number end; `delivered` takes the choice back."""
        wish = await json_object(request)
        to, status = str(wish.get("to", "")), wish.get("status")
        if not to or status not in ("delivered", "undelivered", "failed"):
            raise ValueError("needs 'to', and 'status': delivered, undelivered or failed")
        if status == "delivered":
            self._state.outcomes.pop(to, None)
        else:
            self._state.outcomes[to] = (status, str(wish.get("code", "30003")))
        return json_answer({"to": to, "status": status})

    async def reply(self, request: web.Request) -> web.Response:
        wish = await json_object(request)
        kept = self._answered(wish)
        if kept is None:
            raise web.HTTPNotFound
        try:
            answer_id = reply(self._state, kept, str(wish.get("text", "")))
        except NoReply as error:
            return json_answer({"error": str(error)}, 409)
        return json_answer({"id": answer_id}, 202)

    async def messages(self, request: web.Request) -> web.Response:
        """Newest first, whole; by `to`, `provider` and `attempt_id`, `limit` of them."""
        query = request.query
        limit = min(int(query.get("limit", "100")), _MOST)
        found = (
            kept
            for kept in self._state.book.newest(query.get("to", ""))
            if query.get("provider", kept.provider) == kept.provider
            and query.get("attempt_id", kept.attempt_id) == kept.attempt_id
        )
        messages = [self._whole(kept) for kept in islice(found, limit)]
        return json_answer({"total": self._state.book.count(), "messages": messages})

    async def flush(self, request: web.Request) -> web.Response:
        """Wait until every event was told, without their delays; 504 if one cannot be."""
        seconds = float((await json_object(request)).get("seconds", _FLUSH_SECONDS))
        mouth = self._state.mouth
        told = mouth is None or await mouth.courier.flush(seconds)
        pending = 0 if mouth is None else mouth.courier.pending()
        return json_answer({"pending": pending}, 200 if told else 504)

    async def erase(self, request: web.Request) -> web.Response:
        """Forget every message to `addresses`, whichever provider they went by."""
        asked = (await json_object(request)).get("addresses")
        if not isinstance(asked, list) or not all(isinstance(one, str) and one for one in asked):
            raise ValueError("needs 'addresses', a list of e-mail addresses and phone numbers")
        return json_answer({"erased": await erase_addresses(self._state.book, asked)})

    def _answered(self, wish: dict[str, Any]) -> Kept | None:
        if message_id := wish.get("provider_id"):
            return self._state.book.find(str(message_id))
        to = str(wish.get("to", ""))
        return next(self._state.book.newest(to), None) if to else None

    def _whole(self, kept: Kept) -> dict[str, Any]:
        told = [asdict(event) for event in kept.told]
        entry = self._state.book.words_of(kept)
        return entry | {"status": kept.status, "error_code": kept.error_code, "events": told}


def _plain(handler: Handler) -> Handler:
    """Guarded, and with a plain 400 where the question cannot be understood."""

    async def answered(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except ValueError as error:
            return json_answer({"error": str(error)}, 400)

    return from_here(answered)


def _instant(value: Any) -> datetime:
    if not isinstance(value, str):
        raise ValueError("'at' must be an ISO instant with its zone, or null")
    at = datetime.fromisoformat(value)
    if at.tzinfo is None:
        raise ValueError("'at' must name its zone: 2026-11-21T09:00:00Z")
    return at.astimezone(UTC)
