"""Resting and held channels, and the rates of senders."""

import sqlalchemy as sa
from alembic import op

from contacts.record.base import Instant

revision = "0003_storms"
down_revision = "0002_resumes"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("channels") as channels:
        channels.add_column(sa.Column("rested_at", Instant(), nullable=True))
        channels.add_column(sa.Column("probe_at", Instant(), nullable=True))
        channels.add_column(sa.Column("held_until", Instant(), nullable=True))
    op.create_table(
        "sending_rates",
        sa.Column("channel", sa.String(length=8), nullable=False),
        sa.Column("sender", sa.String(length=254), nullable=False),
        sa.Column("full_at", Instant(), nullable=False),
        sa.Column("booked_until", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("channel", "sender", name=op.f("pk_sending_rates")),
    )


def downgrade() -> None:
    op.drop_table("sending_rates")
    with op.batch_alter_table("channels") as channels:
        channels.drop_column("held_until")
        channels.drop_column("probe_at")
        channels.drop_column("rested_at")
