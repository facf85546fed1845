"""The stand-in's SendGrid: `POST /v3/mail/send`, the Email Activity list, erasure."""

import re
import secrets
from datetime import timedelta
from email.utils import format_datetime
from hashlib import sha256
from typing import Any

import orjson
from aiohttp import web

from contacts.channels.rehearsal import API_KEY
from contacts.channels.standin.answers import json_answer
from contacts.channels.standin.book import Kept
from contacts.channels.standin.mail_rules import fault_of
from contacts.channels.standin.state import State

_LIMIT = "10000"
_MOST_ERASED = 5_000
_MESSAGES = {
    401: "The provided authorization grant is invalid, expired, or revoked",
    403: "access forbidden",
    404: "not found",
    413: "Payload too large",
    429: "too many requests",
    500: "an error occurred when SendGrid attempted to process it",
    503: "service unavailable",
}
# The two searches that a reconciler needs: by recipient, by our mark.
_BY_ADDRESS = re.compile(r'to_email\s*=\s*"([^"]+)"')
_BY_ATTEMPT = re.compile(r"""unique_args\[['"]attempt_id['"]\]\s*=\s*"([^"]+)\"""")
_DELIVERED = frozenset({"delivered", "open", "click"})


class Mail:
    def __init__(self, state: State) -> None:
        self._state = state

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/v3/mail/send", self.send),
            web.get("/v3/messages", self.activity),
            web.post("/v3/recipients/erasejob", self.erase),
        ]

    async def send(self, request: web.Request) -> web.StreamResponse:
        self._state.requests += 1
        return await self._state.faults.answer(
            "sendgrid", request, accept=lambda: self._accept(request), refuse=self._fail
        )

    async def activity(self, request: web.Request) -> web.StreamResponse:
        return await self._state.faults.answer_list(
            "sendgrid", request, listing=lambda lag: self._list(request, lag), refuse=self._fail
        )

    async def erase(self, request: web.Request) -> web.StreamResponse:
        """Everything under these addresses goes, at once; SendGrid takes its time."""
        return await self._state.faults.answer(
            "sendgrid", request, accept=lambda: self._erase(request), refuse=self._fail,
            endpoint="erase",
        )  # fmt: skip

    async def _erase(self, request: web.Request) -> web.Response:
        if not _is_authorized(request):
            return self._refuse(401)
        try:
            asked = orjson.loads(await request.read())["email_addresses"]
            wanted = {str(one).casefold() for one in asked}
        except (orjson.JSONDecodeError, LookupError, TypeError):
            return self._refuse(400, "email_addresses", "Invalid email_addresses")
        if not wanted or not all("@" in one for one in wanted) or len(wanted) > _MOST_ERASED:
            return self._refuse(400, "email_addresses", "Invalid email_addresses")
        await self._state.book.erase(
            lambda kept: kept.provider == "sendgrid" and kept.to.casefold() in wanted
        )
        return json_answer({"job_id": secrets.token_hex(16)}, status=202)

    def _list(self, request: web.Request, lag: float) -> web.Response:
        """The newest first, 1,000 at most, as the add-on lists them."""
        if not _is_authorized(request):
            return self._refuse(401)
        if not self._state.activity:
            return self._refuse(403)
        query = request.query.get("query", "")
        address, attempt = _BY_ADDRESS.search(query), _BY_ATTEMPT.search(query)
        limit = request.query.get("limit", "10")
        if (address is None and attempt is None) or not limit.isdecimal():
            return self._refuse(400, "query", "Invalid query")
        until = self._state.clock.now() - timedelta(seconds=lag)
        found = (
            _activity(kept)
            for kept in self._state.book.newest(address[1] if address else "")
            if kept.provider == "sendgrid"
            and kept.at <= until
            and (attempt is None or kept.attempt_id == attempt[1])
        )
        messages = [entry for entry, _ in zip(found, range(min(int(limit), 1000)), strict=False)]
        return json_answer({"messages": messages})

    async def _accept(self, request: web.Request) -> web.Response:
        if not _is_authorized(request):
            return self._refuse(401)
        try:
            body = await request.read()
        except web.HTTPRequestEntityTooLarge:
            return self._refuse(413)
        try:
            mail = orjson.loads(body)
        except orjson.JSONDecodeError:
            return self._refuse(400, None, "Bad Request")
        if (broken := fault_of(mail)) is not None:
            return self._refuse(400, *broken)
        kept = await self._state.book.accept(self._entry(mail))
        self._state.tell_mail(kept, mail.get("categories", []))
        return web.Response(
            status=202, headers={"X-Message-Id": kept.id, **self._limits(remaining="9999", wait=60)}
        )

    def _entry(self, mail: dict[str, Any]) -> dict[str, Any]:
        person = mail["personalizations"][0]
        to = person["to"][0]
        words = "\0".join([mail["subject"], *(part["value"] for part in mail["content"])])
        return {
            "at": self._state.clock.now().isoformat(),
            "provider": "sendgrid",
            # SendGrid's ids hold no dot: what follows one in an event is its own.
            "id": secrets.token_urlsafe(16),
            "attempt_id": person.get("custom_args", {}).get("attempt_id", ""),
            "to": to["email"],
            "to_name": to.get("name", ""),
            "sender": mail["from"]["email"],
            "subject": mail["subject"],
            "status": "accepted",
            "body_hash": sha256(words.encode()).hexdigest(),
            "request": mail,
        }

    def _fail(self, status: int, wait: float) -> web.Response:
        return self._refuse(status, wait=wait)

    def _refuse(
        self, status: int, field: str | None = None, message: str = "", *, wait: float = 60
    ) -> web.Response:
        text = message or _MESSAGES.get(status, "Bad Request")
        headers = self._limits(remaining="0" if status == 429 else "9999", wait=wait)
        if status == 429:  # its reset is read against this clock
            headers["Date"] = format_datetime(self._state.clock.now(), usegmt=True)
        return json_answer(
            {"errors": [{"message": text, "field": field, "help": None}]},
            status=status,
            headers=headers,
        )

    def _limits(self, *, remaining: str, wait: float) -> dict[str, str]:
        reset = self._state.clock.now() + timedelta(seconds=wait)
        return {
            "X-RateLimit-Limit": _LIMIT,
            "X-RateLimit-Remaining": remaining,
            "X-RateLimit-Reset": str(int(reset.timestamp())),
        }


def _is_authorized(request: web.Request) -> bool:
    given = request.headers.get("Authorization", "")
    return secrets.compare_digest(given.encode(), f"Bearer {API_KEY}".encode())


def _activity(kept: Kept) -> dict[str, Any]:
    if kept.status in _DELIVERED:
        status = "delivered"
    else:
        status = "not_delivered" if kept.status in ("bounce", "dropped") else "processing"
    return {
        "from_email": kept.sender,
        "msg_id": f"{kept.id}.recvd-5f54b5d587-0-1-0.0",
        "subject": kept.subject,
        "to_email": kept.to,
        "status": status,
        "opens_count": 0,
        "clicks_count": 0,
        "last_event_time": kept.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
