"""What else is planned for customers is found by them, however much the record has just grown."""

from datetime import timedelta
from typing import Any

from sqlalchemy import Engine, event, insert, text

from contacts.record.engine import reading, writing
from contacts.record.tables import CadenceVersion, Customer, Enrolment
from contacts.record.touches.beside import planned_beside
from tests.cast import NOW

MANY = 3000


def test_it_is_asked_by_customer_of_a_table_that_nobody_has_counted_since_it_was_empty(
    postgresql_engine: Engine,
) -> None:
    """Else each page of a first planning would read all that was planned before it."""
    engine = postgresql_engine
    with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(text("VACUUM ANALYZE enrolments"))
    _enrol_many(engine)
    asked: list[tuple[str, Any]] = []

    @event.listens_for(engine, "before_cursor_execute")
    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        asked.append((statement, values))

    with reading(engine) as connection:
        planned_beside(connection, range(1, 501), but=range(1, 501))
        statement, values = next(one for one in asked if "enrolments" in one[0])
        steps = connection.exec_driver_sql(f"EXPLAIN {statement}", values).scalars().all()

    assert any("customer_id = ANY" in step for step in steps)
    assert not any("ix_enrolments_to_plan" in step for step in steps)


def _enrol_many(engine: Engine) -> None:
    people = [
        {
            "id": number, "timezone": "UTC", "locale": "en", "country": "US",
            "joined_on": NOW.date(), "created_at": NOW, "updated_at": NOW,
        }
        for number in range(1, MANY + 1)
    ]  # fmt: skip
    with writing(engine) as connection:
        connection.execute(insert(Customer), people)
        version = {"name": "hello", "sha256": "0" * 64, "source": "", "created_at": NOW}
        made = connection.execute(insert(CadenceVersion).values(version))
        assert made.inserted_primary_key is not None
        one = {
            "cadence": "hello", "version_id": made.inserted_primary_key[0],
            "trigger": "customer.added", "state": "active", "started_at": NOW - timedelta(days=1),
            "started_on": NOW.date(), "round": 1, "position": 1,
        }  # fmt: skip
        rows = [{**one, "id": person["id"], "customer_id": person["id"]} for person in people]
        connection.execute(insert(Enrolment), rows)
