"""No error leaves a run with what a customer is called: Prefect keeps tracebacks in clear."""

import traceback
from collections.abc import Callable

import pytest
from sqlalchemy import Connection, Engine, text, update

from contacts.record.engine import RecordError, writing
from contacts.record.tables import Customer
from flows.workspace import without_people
from tests.cast import ada, bob

SECRET = "ada@example.com"


def twice(connection: Connection) -> None:
    ada(connection)
    bob(connection)
    connection.execute(update(Customer).values(email=SECRET))


def no_number(connection: Connection) -> None:
    """PostgreSQL quotes the value in the first line; SQLite makes it 0, so JSON must do there."""
    ada(connection)
    wrong = "CAST(email AS INTEGER)" if is_postgresql(connection) else "json(email)"
    connection.execute(text(f"SELECT {wrong} FROM customers")).all()  # noqa: S608  # ours


def is_postgresql(connection: Connection) -> bool:
    return connection.dialect.name == "postgresql"


@pytest.mark.parametrize("fault", [twice, no_number])
def test_a_database_error_leaves_without_its_values(
    engine: Engine, fault: Callable[[Connection], None]
) -> None:
    with pytest.raises(RecordError) as raised, without_people(), writing(engine) as connection:
        fault(connection)
    told = "".join(traceback.format_exception(raised.value))
    assert SECRET not in told
    assert "DETAIL" not in told
    assert raised.value.__cause__ is None


def test_it_keeps_the_place_in_the_code(engine: Engine) -> None:
    with pytest.raises(RecordError) as raised, without_people(), writing(engine) as connection:
        twice(connection)
    assert "in twice" in "".join(traceback.format_exception(raised.value))


def test_it_says_the_class_and_what_was_broken(engine: Engine) -> None:
    with pytest.raises(RecordError) as raised, without_people(), writing(engine) as connection:
        twice(connection)
    said = str(raised.value)
    assert said.startswith("IntegrityError: ")
    assert ("SQLSTATE 23505" in said) or ("customers.email" in said)
