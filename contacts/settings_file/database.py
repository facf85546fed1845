"""Which databases the record can be kept in."""

from urllib.parse import urlsplit

_EXAMPLE = "write postgresql://user@host/name or sqlite:////path/to/file"
_SQLITE = frozenset({"sqlite", "sqlite+pysqlite"})
_POSTGRESQL = frozenset({"postgres", "postgresql", "postgresql+psycopg"})


def database_problem(url: str) -> str | None:
    """Why the record cannot be at this URL, which is not repeated: it may hold a password."""
    try:
        parts = urlsplit(url)
        scheme, _ = parts.scheme, parts.port
    except ValueError:  # a port of letters, a bracket that is never closed
        return f"it is no database URL; {_EXAMPLE}"
    if scheme in _SQLITE:
        named = parts.path.strip("/")
        return None if named else f"it names no file, so nothing would be kept; {_EXAMPLE}"
    return None if scheme in _POSTGRESQL else f"it names neither PostgreSQL nor SQLite; {_EXAMPLE}"
