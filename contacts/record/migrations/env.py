"""Alembic's entry: runs the migrations on the connection that `migrate` hands in."""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext

from contacts.record.base import Instant, Key
from contacts.record.tables import Base


def render_item(kind: str, item: Any, _context: AutogenContext) -> str | Literal[False]:
    """Write our own column types by their names when a migration is generated."""
    if kind == "type" and isinstance(item, Instant):
        return "Instant()"
    if kind == "type" and item is Key:
        return "Key"
    return False


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=True,
    render_item=render_item,
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
