"""How much of a SQLite file a process keeps in its memory."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from contacts.record.engine import CACHED, open_record, reading


def limit(url: str, **settings: int) -> int:
    """The limit of this process, in bytes, after a record was opened so; 0 for none."""
    engine = open_record(url, **settings)
    with reading(engine) as connection:
        found = connection.exec_driver_sql("PRAGMA soft_heap_limit").scalar_one()
    engine.dispose()
    return int(found)


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    """A record's; the limit is then again what other tests have."""
    url = f"sqlite:///{tmp_path / 'record.db'}"
    yield url
    limit(url)


def test_a_process_keeps_so_much_over_all_its_connections(url: str) -> None:
    assert limit(url) == CACHED * 1024


def test_who_serves_many_keeps_as_much_as_each_connection_may(url: str) -> None:
    assert limit(url, cached=0) == 0
