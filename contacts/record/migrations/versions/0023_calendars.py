"""Which of an owner's calendar links is good, and when a task was put off."""

import sqlalchemy as sa
from alembic import op

from contacts.record.base import Instant

revision = "0023_calendars"
down_revision = "0022_signals"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "owners", sa.Column("calendar_key", sa.Integer(), server_default="1", nullable=False)
    )
    op.add_column("tasks", sa.Column("changed_at", Instant(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("tasks") as tasks:
        tasks.drop_column("changed_at")
    with op.batch_alter_table("owners") as owners:
        owners.drop_column("calendar_key")
