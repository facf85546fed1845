"""Who may look at customers: people on this machine, and nobody who comes through a proxy."""

from fastapi import Request
from starlette.exceptions import HTTPException

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})
# A proxy may call us by a loopback name; most of them then say whom they speak for.
_FORWARDED = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-real-ip")


def local_only(request: Request) -> None:
    """Answer 404, as for a page that does not exist, unless the request is of this machine."""
    if not is_local(request):
        raise HTTPException(404)


def is_local(request: Request) -> bool:
    host = request.headers.get("host", "")
    name = host.rpartition(":")[0] if host[-1:].isdigit() and ":" in host else host
    return name.lower() in _LOOPBACK and not any(part in request.headers for part in _FORWARDED)
