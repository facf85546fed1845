"""Room on the pages of PostgreSQL's queue, so that a claim writes to no index."""

from alembic import op

revision = "0028_queue_room"
down_revision = "0027_by_person"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # A row is 52 bytes, and 60 once it is leased. Of pages to come; `tidy` stores the others anew.
    _on_postgresql("ALTER TABLE queue SET (fillfactor = 45)")


def downgrade() -> None:
    _on_postgresql("ALTER TABLE queue RESET (fillfactor)")


def _on_postgresql(statement: str) -> None:
    if op.get_context().dialect.name == "postgresql":
        op.execute(statement)
