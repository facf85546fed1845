"""Who may look at customers: people on this machine, and nobody who comes through a proxy."""

from fastapi import Request
from starlette.exceptions import HTTPException

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})
# A proxy may call us by a loopback name; most of them then say whom they speak for, in one of
# these or in one that begins as the last.
_FORWARDED = (
    "forwarded", "via", "x-real-ip", "true-client-ip", "cf-connecting-ip", "x-forwarded-",
)  # fmt: skip
# As nginx speaks to us unless it is told otherwise, and no browser of today.
_OF_PROXIES = "1.0"


def local_only(request: Request) -> None:
    """Answer 404, as for a page that does not exist, unless the request is of this machine."""
    if not is_local(request):
        raise HTTPException(404)


def is_local(request: Request) -> bool:
    host = request.headers.get("host", "")
    name = host.rpartition(":")[0] if host[-1:].isdigit() and ":" in host else host
    return name.lower() in _LOOPBACK and not _is_passed_on(request)


def _is_passed_on(request: Request) -> bool:
    if request.scope.get("http_version") == _OF_PROXIES:
        return True
    return any(name.startswith(_FORWARDED) for name in request.headers)
