"""How the stand-in answers in JSON, and who may ask it anything but the providers' questions."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import orjson
from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_HERE = frozenset({"127.0.0.1", "localhost", "::1"})


def json_answer(
    value: Any, status: int = 200, headers: Mapping[str, str] | None = None
) -> web.Response:
    return web.Response(
        body=orjson.dumps(value), status=status, headers=headers, content_type="application/json"
    )


async def json_object(request: web.Request) -> dict[str, Any]:
    """The body as an object; empty for none. Raises ValueError for anything else."""
    body = await request.read()
    value = orjson.loads(body) if body else {}
    if not isinstance(value, dict):
        raise ValueError("the body must be a JSON object")
    return value


def from_here(handler: Handler) -> Handler:
    """Let only this machine's own pages ask: a page elsewhere may know the port, and post to it.

    The providers' endpoints need no such guard, for no other page can add their credentials.
    """

    async def guarded(request: web.Request) -> web.StreamResponse:
        origin = request.headers.get("Origin")
        if _host(f"//{request.host}") not in _HERE:
            return web.Response(status=403, text="Only this machine may ask.\n")
        if origin is not None and urlsplit(origin).netloc != request.host:
            return web.Response(status=403, text="Another site may not ask.\n")
        return await handler(request)

    return guarded


def _host(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""
