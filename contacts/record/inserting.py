"""Inserts that may meet a row that is there already; each database has its own form of them."""

from sqlalchemy.dialects import postgresql, sqlite

from contacts.record.base import Base


def insert_into(dialect: str, table: type[Base]) -> sqlite.Insert | postgresql.Insert:
    """An INSERT that may say `ON CONFLICT`, for the database of that dialect."""
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)
