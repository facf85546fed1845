"""Statements over many rows mean the same on both databases, and find their rows by an index."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from sqlalchemy import Connection, Date, Engine, Select, event, select, type_coerce
from sqlalchemy.exc import StatementError

from contacts.cadences.facts import CustomerFacts
from contacts.record.consent.guards import load_guards
from contacts.record.consent.last_words import last_words
from contacts.record.doubt.doubts import overdue
from contacts.record.enrolments.enrolling import to_plan
from contacts.record.given import Given
from contacts.record.many import constant, one_of, rows_of
from contacts.record.tables import Customer, Enrolment, Instant
from contacts.record.touches.attempts import expire_attempts
from contacts.record.touches.beside import planned_beside
from contacts.record.touches.queue import claim
from contacts.record.touches.reached import numbers_reached_after, reached_after, reached_on
from tests import cast
from tests.sent import sent

DAY = date(2026, 11, 20)


@pytest.mark.parametrize("names", [[], ["ada"], ["ada", "bob"], {"bob"}])
def test_one_statement_finds_any_number_of_keys(engine: Engine, names: list[str]) -> None:
    with engine.begin() as connection:
        people = {"ada": cast.ada(connection), "bob": cast.bob(connection)}
        cast.cleo(connection)
        found = connection.execute(_by(Customer.id), {"keys": [people[name] for name in names]})
        assert {row.first_name.lower() for row in found} == set(names)


def test_keys_may_be_texts_and_dates(engine: Engine) -> None:
    with engine.begin() as connection:
        cast.ada(connection, joined_on=DAY)
        cast.bob(connection)
        by_email = connection.execute(_by(Customer.email), {"keys": {"ada@example.com", "o'brien"}})
        assert [row.first_name for row in by_email] == ["Ada"]
        by_day = connection.execute(_by(Customer.joined_on), {"keys": {DAY}})
        assert [row.first_name for row in by_day] == ["Ada"]


def test_a_constant_is_a_plain_word() -> None:
    with pytest.raises(ValueError, match="cannot stand in a statement"):
        constant("sending' OR '1")


def test_rows_have_the_fields_and_what_is_added() -> None:
    @dataclass(frozen=True, slots=True)
    class Note:
        day: date
        words: str

    rows = rows_of([Note(DAY, "called"), Note(DAY, "met")], state="new")
    assert rows == [
        {"day": DAY, "words": "called", "state": "new"},
        {"day": DAY, "words": "met", "state": "new"},
    ]
    assert rows_of([]) == []


def test_no_statement_of_a_pass_reads_a_whole_table(sqlite_engine: Engine) -> None:
    """A table that grows with the years must not make every pass slower."""
    statements: set[str] = set()
    with sqlite_engine.begin() as connection:
        ada = cast.ada(connection)
        sent(connection, ada)
        event.listen(
            sqlite_engine,
            "before_cursor_execute",
            lambda _connection, _cursor, statement, *_: statements.add(statement),
        )
        _pass(connection, ada)
        plans = {statement: _plan_of(connection, statement) for statement in set(statements)}
    assert len(plans) == 12
    whole = ("attempts", "enrolments", "queue", "consents", "suppressions", "touches")
    scans = {f"SCAN {table}" for table in whole}
    assert not [statement for statement, plan in plans.items() if plan & scans]


def _by(column: object) -> "Select[str]":
    return select(Customer.first_name).where(one_of(column, "keys"))


def _pass(connection: Connection, customer_id: int) -> None:
    now = datetime(2026, 11, 20, 15, tzinfo=UTC)
    to_plan(connection, "onboarding", now=now, limit=10)
    claim(connection, now=now, limit=10, lease_seconds=60)
    load_guards(connection, [CustomerFacts(customer_id, "a@example.com")], signing_key="k", now=now)
    reached_on(connection, [customer_id], {DAY})
    reached_after(connection, [customer_id], DAY)
    numbers_reached_after(connection, [customer_id], DAY)
    planned_beside(connection, [customer_id], but=[0])
    last_words(connection, [customer_id])
    expire_attempts(connection)
    overdue(connection, before=now)


def _plan_of(connection: Connection, statement: str) -> set[str]:
    unbound = (None,) * statement.count("?")
    rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", unbound)
    return {row.detail for row in rows}


def test_given_rows_keep_their_values_and_types(engine: Engine) -> None:
    given = Given(Enrolment, "cadence", "round", "started_on", "started_at", "reason")
    words = 'o\'clock "☕" \\ {}'
    at = datetime(2026, 11, 20, 23, 59, 59, 123456, tzinfo=timezone(timedelta(hours=2)))
    rows = [(words, 3, DAY, at, None), ("", -1, date.max, at, "x")]
    with engine.begin() as connection:
        found = connection.execute(select(*given.columns()), {"rows": rows}).all()
        instant = type_coerce(given["started_at"], Instant())
        day = type_coerce(given["started_on"], Date())
        typed = connection.execute(select(instant, day), {"rows": rows}).all()
    assert [(row[0], row[1], row[4]) for row in found] == [(words, 3, None), ("", -1, "x")]
    assert typed == [(at, DAY), (at, date.max)]


def test_given_rows_may_be_none(engine: Engine) -> None:
    with engine.begin() as connection:
        none = select(*Given(Enrolment, "id").columns())
        assert connection.execute(none, {"rows": []}).all() == []


def test_a_row_cannot_hold_what_has_no_form(sqlite_engine: Engine) -> None:
    with sqlite_engine.begin() as connection, pytest.raises(StatementError, match="JSON"):
        connection.execute(select(*Given(Enrolment, "id").columns()), {"rows": [(object(),)]})
