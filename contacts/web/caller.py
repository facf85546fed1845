"""From where a request comes, as far as that can be believed."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from starlette.requests import Request

_ONE_LINE = 64
"""Bits of an IPv6 address that a provider gives to a customer, who chooses the rest at will."""


def caller(request: Request) -> str | None:
    """The address that asks, an IPv6 one as its network; None where nobody reliable says it.

    The web app listens on this machine alone, so a proxy of this machine passes everything on. It
    knows who spoke to it, and says so at the end of X-Forwarded-For. What stands before that was
    said by the caller. A peer elsewhere is no proxy of ours: it speaks for itself alone.
    """
    peer = _address(request.client.host) if request.client else None
    if peer is None or not peer.is_loopback:
        return _name(peer)
    passed_on = request.headers.getlist("x-forwarded-for")
    return _name(_address(passed_on[-1].rpartition(",")[2])) if passed_on else None


def _address(said: str) -> IPv4Address | IPv6Address | None:
    try:
        found = ip_address(said.strip())
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found


def _name(address: IPv4Address | IPv6Address | None) -> str | None:
    if isinstance(address, IPv6Address):
        return str(ip_network((address, _ONE_LINE), strict=False))
    return str(address) if address else None
