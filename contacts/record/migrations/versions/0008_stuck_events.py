"""What came from the providers and could not be applied is kept apart, to be tried again."""

import sqlalchemy as sa
from alembic import op

from contacts.record.base import Instant, Key

revision = "0008_stuck_events"
down_revision = "0007_erasures"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "stuck_events",
        sa.Column("id", Key, nullable=False),
        sa.Column("provider", sa.String(length=10), nullable=False),
        sa.Column("event_id", sa.String(length=128), nullable=False),
        sa.Column("received_at", Instant(), nullable=False),
        sa.Column("why", sa.String(length=200), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("said", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stuck_events")),
        sa.UniqueConstraint("provider", "event_id", name=op.f("uq_stuck_events_provider_event_id")),
    )


def downgrade() -> None:
    op.drop_table("stuck_events")
