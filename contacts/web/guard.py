"""What holds for every request and answer: how large a body may be, and the security headers."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_KIB, _MIB = 1024, 1024 * 1024
_LARGEST_BODY = (
    # SendGrid's own cap for a parsed mail is 30 MB, and it drops a mail that we refuse.
    ("/webhooks/sendgrid/inbound/", 31 * _MIB),
    ("/webhooks/sendgrid/", 10 * _MIB),
    ("/webhooks/twilio/", 64 * _KIB),
    # What a person logs: 10,000 letters, each of which a form may write in twelve bytes.
    ("/tasks/", 128 * _KIB),
    ("/customers/", 128 * _KIB),
    ("", 16 * _KIB),
)

PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; frame-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
_MAIL_HOLDS = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
    "form-action 'none'; frame-ancestors 'self'; base-uri 'none'"
)
MAIL_POLICY = f"sandbox; {_MAIL_HOLDS}"
"""A mail styles itself inline and may hold no more: no script, no form, no outside picture."""
LINKS_OPEN = "allow-popups allow-popups-to-escape-sandbox"
REHEARSED_MAIL_POLICY = f"sandbox {LINKS_OPEN}; {_MAIL_HOLDS}"
"""The same where nobody is reached: the mail's links open beside it."""
_HEADERS = {
    "Content-Security-Policy": PAGE_POLICY,
    "X-Content-Type-Options": "nosniff",
    # Addresses of our pages hold tokens; no other site may read them.
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class BodyTooLarge(Exception):
    """More bytes arrived than this address takes."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"The body is too large: at most {limit} bytes are taken here.")


class Guard:
    """ASGI middleware: counts the body while it streams in, adds headers that no route has set."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        limit = largest_body(scope["path"])
        taken = 0

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > limit:
                raise BodyTooLarge(limit)
            return message

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                add_headers(MutableHeaders(scope=message))
            await send(message)

        await self.app(scope, counted, with_headers)


def largest_body(path: str) -> int:
    """The most bytes that a request to `path` may carry."""
    return next(limit for prefix, limit in _LARGEST_BODY if path.startswith(prefix))


def add_headers(headers: MutableHeaders) -> None:
    for name, value in _HEADERS.items():
        headers.setdefault(name, value)
