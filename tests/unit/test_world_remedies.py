"""A refusal by the disk or the database is told in one line, with what to do about it."""

import errno
import os

import pytest
from sqlalchemy import create_engine
from sqlalchemy.exc import OperationalError

from contacts.record.engine import RecordError, translated_errors
from flows.failure import explain


def told(number: int, path: str | None) -> str:
    failure = explain(OSError(number, os.strerror(number), path))
    assert failure is not None
    return failure.message


@pytest.mark.parametrize("name", ["touchline.toml", "up.lock", "secret.key"])
def test_a_file_that_may_not_be_opened_is_told_with_whom_to_let_in(name: str) -> None:
    assert told(errno.EACCES, name) == (
        f"{name}: permission denied; give the user that runs this permission to read and write it"
    )


def test_a_read_only_folder_is_told_with_its_remedy() -> None:
    assert told(errno.EROFS, "ws/.touchline") == (
        "ws/.touchline: read-only file system; make it writable, or name another folder"
    )


def test_a_full_disk_is_told_with_its_remedy() -> None:
    assert told(errno.ENOSPC, None) == "system: no space left on device; make room on its disk"


def test_what_has_no_remedy_of_its_own_is_told_as_it_is() -> None:
    assert told(errno.EISDIR, "data") == "data: is a directory"


_SERVER = 'connection failed: connection to server at "10.0.0.5", port 5432 failed: '


@pytest.mark.parametrize(
    ("said", "remedy"),
    [
        (_SERVER + "Connection refused", "is the server running, and is the address in "
         "database_url right?"),
        ("failed to resolve host 'db': [Errno -2] Name or service not known", "is the server "
         "running, and is the address in database_url right?"),
        (_SERVER + 'FATAL:  password authentication failed for user "u"', "are the user, the "
         "password and the database's name in database_url right?"),
        (_SERVER + 'FATAL:  database "x" does not exist', "are the user, the password and the "
         "database's name in database_url right?"),
    ],
)  # fmt: skip
def test_a_server_that_is_not_reached_is_told_with_its_remedy(said: str, remedy: str) -> None:
    assert refused(said) == f"postgresql+psycopg://u:***@db/x: {said}; {remedy}"


def test_a_server_that_is_reached_and_busy_keeps_its_own_word() -> None:
    said = _SERVER + "FATAL:  sorry, too many clients already"
    assert refused(said).endswith("too many clients already")


def refused(said: str) -> str:
    engine = create_engine("postgresql+psycopg://u:hush@db/x")
    with pytest.raises(RecordError) as error, translated_errors(engine):
        raise OperationalError("SELECT 1", {}, Exception(said))
    return str(error.value)
