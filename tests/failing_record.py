"""A record in SQLite that can no longer be written from its next message on."""

from collections.abc import Iterator
from contextlib import contextmanager

from contacts.settings import Settings
from flows.workspace import record_for

_ACCEPTED = "SELECT count(*) FROM attempts WHERE state = 'accepted'"
_FAILS = """\
CREATE TRIGGER fails_after_a_message BEFORE INSERT ON touches
WHEN ({accepted}) > {before}
BEGIN SELECT abs(-9223372036854775808); END
"""
"""What SQLite says of that sum is an error of its work, not of a constraint."""


@contextmanager
def failing_after_a_message(settings: Settings) -> Iterator[None]:
    """Once one more was accepted, whoever plans another touch meets an error of the database."""
    with record_for(settings) as engine, engine.begin() as connection:
        before = connection.exec_driver_sql(_ACCEPTED).scalar_one()
        connection.exec_driver_sql(_FAILS.format(accepted=_ACCEPTED, before=before))
    try:
        yield
    finally:
        with record_for(settings) as engine, engine.begin() as connection:
            connection.exec_driver_sql("DROP TRIGGER fails_after_a_message")
