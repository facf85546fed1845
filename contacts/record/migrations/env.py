"""Alembic's entry: runs the migrations on the connection `contacts.record.migrate` hands in."""

from alembic import context

from contacts.record.tables import Base

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=True,
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
