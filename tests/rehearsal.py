"""What the stand-in's tests share: senders that talk to it, a receiver that checks signatures."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from contacts.channels import sendgrid, twilio
from contacts.channels.incoming import IncomingEvent
from contacts.channels.outgoing import OutgoingEmail, OutgoingSms
from contacts.channels.rehearsal import ACCOUNT_SID, API_KEY, AUTH_TOKEN, signing_keys
from contacts.channels.sendgrid import SendGrid
from contacts.channels.standin import Standin, running_standin
from contacts.channels.twilio import Twilio
from contacts.channels.wire import Limits, open_wire

NUMBER = "+15005550006"
TOKEN = "inbound-token"


@dataclass
class Rehearsal:
    """A stand-in, the two ways out to it, and a plain client for its other questions."""

    standin: Standin
    mail: SendGrid
    sms: Twilio
    http: aiohttp.ClientSession

    async def ask(self, path: str, **question: Any) -> Any:
        """Post a question under `/_standin/`; its JSON."""
        async with self.http.post(f"{self.standin.url}/_standin/{path}", json=question) as answer:
            return await answer.json()

    async def kept(self, **query: str) -> list[dict[str, Any]]:
        """What it accepted, oldest first."""
        url = f"{self.standin.url}/_standin/messages"
        async with self.http.get(url, params=query) as answer:
            messages: list[dict[str, Any]] = (await answer.json())["messages"]
        return messages[::-1]


@dataclass
class Receiver:
    """Plays the web app: takes webhooks, verifies them as the product does, keeps the events."""

    url: str
    folder: Path
    events: list[IncomingEvent] = field(default_factory=list)
    refusals: int = 0  # how many more requests are answered 503

    async def take(self, request: web.Request) -> web.Response:
        if self.refusals > 0:
            self.refusals -= 1
            return web.Response(status=503)
        keys, now = signing_keys(self.folder), datetime.now(UTC)
        if request.path == "/webhooks/sendgrid/events":
            body = await request.read()
            sendgrid.verify(keys.public_key(), request.headers, body, now=now)
            self.events += sendgrid.parse(body, now=now)
        elif request.path == f"/webhooks/sendgrid/inbound/{TOKEN}":
            self.events.append(sendgrid.parse_inbound(dict(await request.post()), now=now))
        else:
            form = {name: str(value) for name, value in (await request.post()).items()}
            url = self.url + str(request.rel_url)
            signature = request.headers.get("X-Twilio-Signature")
            twilio.verify(keys.twilio_token, url, form.items(), signature)
            self.events.append(
                twilio.parse_status(request.query, form, now=now)
                if request.path == "/webhooks/twilio/status"
                else twilio.parse_inbound(form, now=now)
            )
        return web.Response(status=204)


def email(**changes: str) -> OutgoingEmail:
    """A mail to Ada."""
    words = {
        "attempt_id": "01936f2c-0000-7000-8000-000000000001",
        "to": "ada@example.com",
        "to_name": "Ada & Bob",
        "sender": "hello@business.example",
        "sender_name": "Bean",
        "reply_to": "reply+01936f2c-0000-7000-8000-000000000001@reply.business.example",
        "subject": "Welcome",
        "text": "Welcome, Ada & Bob",
        "html": "<p>Welcome, Ada &amp; Bob</p>",
        "category": "onboarding",
    }
    return OutgoingEmail(**(words | changes))


def text(to: str = "+12025550111", body: str = "Hi Ada", attempt_id: str = "a-1") -> OutgoingSms:
    return OutgoingSms(attempt_id=attempt_id, to=to, body=body)


@asynccontextmanager
async def rehearsal(
    folder: Path, receiver: Receiver | None = None, **options: Any
) -> AsyncIterator[Rehearsal]:
    """A running stand-in with everything that talks to it."""
    webhooks_url = None if receiver is None else receiver.url
    status_url = f"{webhooks_url or 'http://127.0.0.1:9'}/webhooks/twilio/status"
    async with (
        running_standin(folder, webhooks_url, inbound_token=TOKEN, **options) as standin,
        open_wire(Limits(16, connect_timeout=5, request_timeout=10)) as wire,
        aiohttp.ClientSession() as http,
    ):
        yield Rehearsal(
            standin,
            SendGrid(wire, api_key=API_KEY, base_url=standin.url),
            Twilio(
                wire,
                account_sid=ACCOUNT_SID,
                auth_token=AUTH_TOKEN,
                base_url=standin.url,
                sender=NUMBER,
                status_url=status_url,
            ),
            http,
        )


@asynccontextmanager
async def receiving(folder: Path) -> AsyncIterator[Receiver]:
    """A receiver that knows the keys of the stand-in in `folder`."""
    receiver = Receiver("", folder)
    app = web.Application()
    app.router.add_post("/{path:.*}", receiver.take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield receiver
    finally:
        await runner.cleanup()
