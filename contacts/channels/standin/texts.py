"""The stand-in's Twilio: creating, fetching, listing and deleting messages."""

import base64
import re
import secrets
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from email.utils import format_datetime
from hashlib import sha256
from itertools import islice
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from aiohttp import web

from contacts.channels.rehearsal import ACCOUNT_SID, AUTH_TOKEN
from contacts.channels.standin.answers import json_answer
from contacts.channels.standin.book import Kept
from contacts.channels.standin.segments import segments_of
from contacts.channels.standin.state import State

_ACCOUNT = "/2010-04-01/Accounts/{account}"
_E164 = re.compile(r"\+[1-9]\d{6,14}", re.ASCII)
_SERVICE = re.compile(r"MG[0-9a-fA-F]{32}", re.ASCII)
_SENDER = re.compile(r"\+[1-9]\d{6,14}|\d{3,8}|(?=.*[A-Za-z])[A-Za-z0-9 ]{1,11}", re.ASCII)
_POOL_NUMBER = "+15005550006"  # what a Messaging Service sends from here
# Twilio's own test numbers, with what they refuse.
_MAGIC = {
    "+15005550001": 21211,
    "+15005550002": 21612,
    "+15005550003": 21408,
    "+15005550004": 21610,
    "+15005550009": 21614,
}
_CREDENTIALS = base64.b64encode(f"{ACCOUNT_SID}:{AUTH_TOKEN}".encode()).decode("ascii")
_MESSAGES = {
    20001: "Invalid parameter {value}",
    20003: "Authenticate",
    20009: "Cannot delete message because it is not yet in a final state",
    20404: "The requested resource {value} was not found",
    20429: "Too Many Requests",
    20500: "Internal Server Error",
    21211: "The 'To' number {value} is not a valid phone number.",
    21212: "The 'From' number {value} is not a valid phone number, shortcode, or alphanumeric "
    "sender ID.",
    21266: "'To' and 'From' number cannot be the same: {value}",
    21408: "Permission to send an SMS has not been enabled for the region indicated by the 'To' "
    "number: {value}.",
    21602: "Message body is required.",
    21603: "A 'From' phone number is required.",
    21604: "A 'To' phone number is required.",
    21609: "The 'StatusCallback' URL {value} is not a valid URL.",
    21610: "Attempt to send to unsubscribed recipient",
    21612: "The 'To' phone number: {value}, is not currently reachable using the 'From' phone "
    "number via SMS.",
    21614: "'To' number {value} is not a valid mobile number",
    21617: "The concatenated message body exceeds the 1600 character limit.",
}
_STATUSES = {20003: 401, 20009: 409, 20404: 404, 20429: 429, 20500: 500}
_CODES = {
    400: 21602,
    401: 20003,
    403: 20003,
    404: 20404,
    413: 20001,
    429: 20429,
    500: 20500,
    503: 20500,
}

Refusal = tuple[int, str]  # code and the value at fault


class Texts:
    def __init__(self, state: State) -> None:
        self._state = state

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post(_ACCOUNT + "/Messages.json", self.create),
            web.get(_ACCOUNT + "/Messages.json", self.listing),
            web.get(_ACCOUNT + "/Messages/{sid}.json", self.fetch),
            web.delete(_ACCOUNT + "/Messages/{sid}.json", self.delete),
        ]

    async def create(self, request: web.Request) -> web.StreamResponse:
        self._state.requests += 1
        return await self._state.faults.answer(
            "twilio", request, accept=lambda: self._accept(request), refuse=_fail
        )

    async def fetch(self, request: web.Request) -> web.Response:
        if (refusal := _unauthorized(request)) is not None:
            return _refuse(refusal)
        kept = self._state.book.find(request.match_info["sid"])
        if kept is None or kept.provider != "twilio":
            return _refuse((20404, request.path))
        return json_answer(self._resource(kept))

    async def delete(self, request: web.Request) -> web.StreamResponse:
        """The record of a message goes, with its words and its numbers."""
        return await self._state.faults.answer(
            "twilio", request, accept=lambda: self._delete(request), refuse=_fail, endpoint="erase"
        )

    async def _delete(self, request: web.Request) -> web.Response:
        if (refusal := _unauthorized(request)) is not None:
            return _refuse(refusal)
        sid = request.match_info["sid"]
        kept = self._state.book.find(sid)
        if kept is None or kept.provider != "twilio":
            return _refuse((20404, request.path))
        if _is_waiting(kept) and self._state.mouth is not None:
            return _refuse((20009, ""))
        await self._state.book.erase(lambda one: one.id == sid)
        return web.Response(status=204)

    async def listing(self, request: web.Request) -> web.StreamResponse:
        return await self._state.faults.answer_list(
            "twilio", request, listing=lambda lag: self._list(request, lag), refuse=_fail
        )

    def _list(self, request: web.Request, lag: float) -> web.Response:
        """Newest first, filtered by To, From and the day sent, as Twilio filters."""
        if (refusal := _unauthorized(request)) is not None:
            return _refuse(refusal)
        page, size = request.query.get("Page", "0"), request.query.get("PageSize", "50")
        if not page.isdecimal() or not size.isdecimal() or not 1 <= int(size) <= 1000:
            return _refuse((20001, "PageSize"))
        try:
            found = self._matching(request, self._state.clock.now() - timedelta(seconds=lag))
        except ValueError:
            return _refuse((20001, "DateSent"))
        first = int(page) * int(size)
        some = list(islice(found, first, first + int(size) + 1))
        return json_answer(
            {
                "messages": [self._resource(kept) for kept in some[: int(size)]],
                "page": int(page),
                "page_size": int(size),
                "uri": str(request.rel_url),
                "next_page_uri": str(request.rel_url.update_query(Page=int(page) + 1))
                if len(some) > int(size)
                else None,
            }
        )

    def _matching(self, request: web.Request, until_then: datetime) -> Iterator[Kept]:
        query = request.query
        sender = query.get("From")
        day, since, until = (
            date.fromisoformat(query[name]) if name in query else None
            for name in ("DateSent", "DateSent>", "DateSent<")
        )
        for kept in self._state.book.newest(query.get("To", "")):
            sent = kept.at.date()
            # What still waits has no date, so it is on no list that asks for one.
            is_dated = not _is_waiting(kept) or day is since is until is None
            if (
                kept.provider == "twilio"
                and kept.at <= until_then
                and is_dated
                and (sender is None or kept.sender == sender)
                and (day is None or sent == day)
                and (since is None or sent >= since)
                and (until is None or sent <= until)
            ):
                yield kept

    async def _accept(self, request: web.Request) -> web.Response:
        if (refusal := _unauthorized(request)) is not None:
            return _refuse(refusal)
        try:
            body = await request.read()
        except web.HTTPRequestEntityTooLarge:
            return _refuse((20001, ""), 413)
        form = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
        if (refusal := self._fault_of(form)) is not None:
            return _refuse(refusal)
        kept = await self._state.book.accept(self._entry(form))
        callback = form.get("StatusCallback", "")
        self._state.tell_sms(kept, callback)
        return json_answer(_resource(kept, form), status=201)

    def _fault_of(self, form: dict[str, str]) -> Refusal | None:
        to = form.get("To", "")
        if to in self._state.book.opted_out:
            return 21610, to
        return _fault_of_numbers(to, form) or _fault_of_words(form)

    def _entry(self, form: dict[str, str]) -> dict[str, Any]:
        callback = dict(parse_qsl(urlsplit(form.get("StatusCallback", "")).query))
        return {
            "at": self._state.clock.now().isoformat(),
            "provider": "twilio",
            "id": f"SM{secrets.token_hex(16)}",
            "attempt_id": callback.get("attempt", ""),
            "to": form["To"],
            "to_name": "",
            "sender": form.get("From") or _POOL_NUMBER,
            "subject": form["Body"][:80],
            "status": "queued" if form.get("From") else "accepted",
            "body_hash": sha256(form["Body"].encode("utf-8", "replace")).hexdigest(),
            "segments": segments_of(form["Body"], smart=form.get("SmartEncoded") == "true"),
            "request": form,
        }

    def _resource(self, kept: Kept) -> dict[str, Any]:
        return _resource(kept, self._state.book.words_of(kept)["request"])


def _resource(kept: Kept, form: dict[str, str]) -> dict[str, Any]:
    """A message as Twilio's API shows one."""
    path = f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages/{kept.id}"
    at = format_datetime(kept.at)
    is_waiting = _is_waiting(kept)
    return {
        "account_sid": ACCOUNT_SID,
        "api_version": "2010-04-01",
        "body": form["Body"],
        "date_created": at,
        "date_sent": None if is_waiting else at,
        "date_updated": at,
        "direction": "outbound-api",
        "error_code": int(kept.error_code) if kept.error_code else None,
        "error_message": None,
        "from": form.get("From") or (None if is_waiting else kept.sender),
        "messaging_service_sid": form.get("MessagingServiceSid"),
        "num_media": "0",
        # A Messaging Service counts once it has chosen the sender.
        "num_segments": "0"
        if kept.status == "accepted"
        else str(segments_of(form["Body"], smart=form.get("SmartEncoded") == "true")),
        "price": None,
        "price_unit": "USD",
        "sid": kept.id,
        "status": kept.status,
        "subresource_uris": {"media": f"{path}/Media.json"},
        "to": kept.to,
        "uri": f"{path}.json",
    }


def _is_waiting(kept: Kept) -> bool:
    return kept.status in ("accepted", "queued")


def _fault_of_numbers(to: str, form: dict[str, str]) -> Refusal | None:
    sender = form.get("From", "")
    if not to:
        return 21604, ""
    if to in _MAGIC:
        return _MAGIC[to], to
    if not _E164.fullmatch(to):
        return 21211, to
    if not sender and not _SERVICE.fullmatch(form.get("MessagingServiceSid", "")):
        return 21603, ""
    if sender and not _SENDER.fullmatch(sender):
        return 21212, sender
    return (21266, to) if sender == to else None


def _fault_of_words(form: dict[str, str]) -> Refusal | None:
    body, callback = form.get("Body", ""), form.get("StatusCallback")
    if not body:
        return 21602, ""
    if len(body) > 1600:
        return 21617, ""
    if callback is not None and not _is_callback(callback):
        return 21609, callback
    valid = form.get("ValidityPeriod", "36000")
    if not valid.isdecimal() or not 1 <= int(valid) <= 36000:
        return 20001, f"ValidityPeriod: {valid}"
    return None


def _unauthorized(request: web.Request) -> Refusal | None:
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    if scheme != "Basic" or not secrets.compare_digest(given.encode(), _CREDENTIALS.encode()):
        return 20003, ""
    account = request.match_info["account"]
    return None if account == ACCOUNT_SID else (20404, request.path)


def _fail(status: int, _wait: float) -> web.Response:
    return _refuse((_CODES[status], ""), status)


def _refuse(refusal: Refusal, status: int | None = None) -> web.Response:
    code, value = refusal
    status = status or _STATUSES.get(code, 400)
    return json_answer(
        {
            "code": code,
            "message": _MESSAGES[code].format(value=value),
            "more_info": f"https://www.twilio.com/docs/errors/{code}",
            "status": status,
        },
        status=status,
    )


def _is_callback(url: str) -> bool:
    parts = urlsplit(url)
    host = parts.hostname or ""
    return parts.scheme in ("http", "https") and bool(host) and "_" not in host
