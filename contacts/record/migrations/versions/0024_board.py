"""Customers by name, tasks and attempts by customer: what the board looks for on each page."""

import sqlalchemy as sa
from alembic import op

revision = "0024_board"
down_revision = "0023_calendars"
branch_labels = None
depends_on = None

_ENDED = sa.text("state NOT IN ('sending', 'accepted', 'unknown')")


def upgrade() -> None:
    op.drop_index("ix_customers_owner_id", "customers")
    op.create_index("ix_customers_name", "customers", ["last_name", "first_name", "id"])
    op.create_index(
        "ix_customers_owner_name", "customers", ["owner_id", "last_name", "first_name", "id"]
    )
    op.create_index("ix_tasks_customer", "tasks", ["customer_id"])
    op.create_index(
        "ix_attempts_ended", "attempts", ["customer_id"],
        sqlite_where=_ENDED, postgresql_where=_ENDED,
    )  # fmt: skip


def downgrade() -> None:
    op.drop_index("ix_attempts_ended", "attempts")
    op.drop_index("ix_tasks_customer", "tasks")
    op.drop_index("ix_customers_owner_name", "customers")
    op.drop_index("ix_customers_name", "customers")
    op.create_index("ix_customers_owner_id", "customers", ["owner_id"])
