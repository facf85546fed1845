"""Where a provider may be: a key never crosses a network in the clear."""

from urllib.parse import urlsplit

_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def url_problem(url: str) -> str | None:
    """Why a provider's requests must not go to this address; None where they may."""
    if _is_safe(url):
        return None
    return f"must be an https:// address, not {url!r}"


def _is_safe(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:  # a bracket that is never closed
        return False
    if parts.scheme == "http":
        return parts.hostname in _LOOPBACK
    return parts.scheme == "https" and bool(parts.hostname)
