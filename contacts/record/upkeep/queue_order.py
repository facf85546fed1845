"""Storing PostgreSQL's queue in the order of time, as SQLite's always is.

Touches are planned customer by customer, so those that are due together lie on as many pages of the
queue as they are, and a claim writes to every one of these. In order they lie side by side.
"""

from sqlalchemy import Engine, func, select, text
from sqlalchemy.exc import DatabaseError

from contacts.record.engine import translated_errors

PATIENCE = 2.0
"""Seconds for which whoever uses the queue may keep us waiting, and we whoever comes after."""
_NOT_NOW = {
    "55P03": "it was in use all the time",  # lock_not_available
    "42501": "the user in database_url does not own it",  # insufficient_privilege
}


def put_in_order(engine: Engine, *, patience: float = PATIENCE) -> str | None:
    """Store the queue in the order of time; return why it could not be done now, if so.

    Nobody else reads or writes the queue meanwhile, some second for a million touches.
    """
    if engine.dialect.name != "postgresql":
        return None
    with translated_errors(engine):
        try:
            with engine.begin() as connection:
                limit = func.set_config("lock_timeout", f"{round(1000 * patience)}ms", True)
                connection.execute(select(limit))  # of this transaction alone
                connection.execute(text("CLUSTER queue USING pk_queue"))
                connection.execute(text("ANALYZE queue"))
        except DatabaseError as error:
            said = _NOT_NOW.get(getattr(error.orig, "sqlstate", ""))
            if said is None:
                raise
            return said
    return None
