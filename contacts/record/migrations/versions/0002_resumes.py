"""What tells downtime and a restored backup, and how sending goes on after them."""

import sqlalchemy as sa
from alembic import op

from contacts.record.base import Instant, Key

revision = "0002_resumes"
down_revision = "0001_first_tables"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Nothing wrote heartbeats before, so they are made anew rather than altered: SQLite would keep
    # the words of an altered table, which then differ from the model's.
    op.drop_table("heartbeats")
    op.create_table(
        "heartbeats",
        sa.Column("name", sa.String(length=50), nullable=False),
        sa.Column("host", sa.String(length=200), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("beats", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_heartbeats")),
    )
    op.create_table(
        "resumes",
        sa.Column("id", Key, nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("why", sa.String(length=12), nullable=False),
        sa.Column("host", sa.String(length=200), nullable=False),
        sa.Column("backlog", sa.Integer(), nullable=False),
        sa.Column("per_minute", sa.Integer(), nullable=False),
        sa.Column("minute", sa.Integer(), nullable=False),
        sa.Column("taken_in_minute", sa.Integer(), nullable=False),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.Column("over_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_resumes")),
    )


def downgrade() -> None:
    op.drop_table("resumes")
    op.drop_table("heartbeats")
    op.create_table(
        "heartbeats",
        sa.Column("name", sa.String(length=50), nullable=False),
        sa.Column("host", sa.String(length=200), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_heartbeats")),
    )
