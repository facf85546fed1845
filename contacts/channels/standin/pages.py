"""The stand-in's inbox, for people: what each customer got, and answering as that customer."""

import asyncio
import re
from email.utils import formataddr
from importlib import resources
from typing import Any

from aiohttp import web
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from contacts.channels.shown_mail import led_here, opening_beside
from contacts.channels.standin.answers import Handler, from_here
from contacts.channels.standin.book import Kept
from contacts.channels.standin.replies import NoReply, reply
from contacts.channels.standin.segments import segments_of
from contacts.channels.standin.state import State

_PAGE_SIZE = 50
_PATIENCE = 3.0
"""Seconds that a page waits for the webhook's answer to what its customer said."""
_UNSUBSCRIBES = re.compile(r"""href=["'][^"'<>]*/u/""")
"""A link as marketing mail has it; what is part of a purchase has none."""
_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; frame-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
# A mail's own page is cut off from everything: no scripts, no forms, nothing fetched; its links
# open beside it.
_MAIL_POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; "
    "style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"
)


class Pages:
    def __init__(self, state: State) -> None:
        self._state = state
        self._templates = Environment(
            loader=PackageLoader("templates", "pages/standin"),
            autoescape=select_autoescape(),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        pages = resources.files("templates").joinpath("pages")
        self._styles = {
            "touchline.css": pages.joinpath("assets/touchline.css").read_text(encoding="utf-8"),
            "standin.css": pages.joinpath("standin/standin.css").read_text(encoding="utf-8"),
        }

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/", from_here(self.inbox)),
            web.get("/assets/{name}", from_here(self.style)),
            web.get("/messages/{id}", self._about_a_message(self.message)),
            web.get("/messages/{id}/html", self._about_a_message(self.html)),
            web.post("/messages/{id}/reply", self._about_a_message(self.reply)),
        ]

    async def style(self, request: web.Request) -> web.Response:
        style = self._styles.get(request.match_info["name"])
        if style is None:
            return web.Response(status=404, text="No such file.\n")
        return web.Response(text=style, content_type="text/css")

    async def inbox(self, request: web.Request) -> web.Response:
        words = request.query.get("q", "")
        page = request.query.get("page", "1")
        number = max(int(page), 1) if page.isdecimal() else 1
        skip = (number - 1) * _PAGE_SIZE
        found = self._state.book.search(words, skip=skip, limit=_PAGE_SIZE + 1)
        return self._page(
            "inbox.html",
            messages=found[:_PAGE_SIZE],
            has_more=len(found) > _PAGE_SIZE,
            page=number,
            words=words,
            total=self._state.book.count(words),
        )

    async def message(self, request: web.Request, kept: Kept) -> web.Response:
        return self._message_page(kept, problem="")

    async def html(self, request: web.Request, kept: Kept) -> web.Response:
        contents = self._state.book.words_of(kept)["request"].get("content", [])
        html = next((part["value"] for part in contents if part["type"] == "text/html"), "")
        html = opening_beside(self._led(html))
        answer = web.Response(text=html, content_type="text/html", charset="utf-8")
        answer.headers.update(_headers(_MAIL_POLICY))
        return answer

    async def reply(self, request: web.Request, kept: Kept) -> web.StreamResponse:
        form = await request.post()
        try:
            reply(self._state, kept, str(form.get("text", "")))
        except NoReply as error:
            return self._message_page(kept, problem=str(error))
        await _more_told(kept)
        raise web.HTTPSeeOther(f"/messages/{kept.id}#events")

    def _led(self, words: str) -> str:
        """The links to our pages on this machine as they are there now, where we know it."""
        mouth = self._state.mouth
        return words if mouth is None else led_here(words, mouth.teller.webhooks_url)

    def _message_page(self, kept: Kept, problem: str) -> web.Response:
        request = self._state.book.words_of(kept)["request"]
        view = _sms(request) if kept.provider == "twilio" else _mail(request)
        view["shown"] = self._led(view["text"])
        can_reply = self._state.mouth is not None
        return self._page(
            "message.html", message=kept, view=view, problem=problem, can_reply=can_reply
        )

    def _page(self, name: str, **values: Any) -> web.Response:
        text = self._templates.get_template(name).render(**values)
        status = 409 if values.get("problem") else 200
        answer = web.Response(text=text, status=status, content_type="text/html", charset="utf-8")
        answer.headers.update(_headers(_POLICY))
        return answer

    def _about_a_message(self, handler: Any) -> Handler:
        async def found(request: web.Request) -> web.StreamResponse:
            kept = self._state.book.find(request.match_info["id"])
            if kept is None:
                return web.Response(status=404, text="No such message.\n")
            answer: web.StreamResponse = await handler(request, kept)
            return answer

        return from_here(found)


async def _more_told(kept: Kept) -> None:
    """Wait a moment for the answer's own webhook, so that the page can say how that was taken."""
    known = len(kept.told)
    try:
        async with asyncio.timeout(_PATIENCE):
            while len(kept.told) == known:
                await asyncio.sleep(0.02)
    except TimeoutError:
        return


def _headers(policy: str) -> dict[str, str]:
    return {
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        # With "no-referrer" a browser posts our own form with the Origin "null", as if it came from
        # anywhere; so our pages learn of each other, and every other site learns nothing.
        "Referrer-Policy": "same-origin",
        "Cache-Control": "no-store",
    }


def _mail(request: dict[str, Any]) -> dict[str, Any]:
    contents = {part["type"]: part["value"] for part in request["content"]}
    to, sender, reply_to = (
        request["personalizations"][0]["to"][0],
        request["from"],
        request.get("reply_to"),
    )
    headers = {
        "From": _address(sender),
        "To": _address(to),
        **({"Reply-To": _address(reply_to)} if reply_to else {}),
        "Category": ", ".join(request.get("categories", [])),
        **request.get("headers", {}),
        **request["personalizations"][0].get("headers", {}),
    }
    return {
        "has_html": "text/html" in contents,
        "can_unsubscribe": bool(_UNSUBSCRIBES.search(contents.get("text/html", ""))),
        "text": contents.get("text/plain", ""),
        "headers": headers,
        "segments": 0,
    }


def _sms(form: dict[str, str]) -> dict[str, Any]:
    shown = (
        "From",
        "MessagingServiceSid",
        "To",
        "ValidityPeriod",
        "SmartEncoded",
        "StatusCallback",
    )
    return {
        "has_html": False,
        "text": form["Body"],
        "headers": {name: form[name] for name in shown if name in form},
        "segments": segments_of(form["Body"], smart=form.get("SmartEncoded") == "true"),
    }


def _address(person: dict[str, str]) -> str:
    # formataddr would encode a name that is not ASCII; people read this one.
    name, address = person.get("name", ""), person["email"]
    return f"{name} <{address}>" if name else formataddr(("", address))
