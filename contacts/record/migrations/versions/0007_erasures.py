"""Who was erased, whose suppressed address that was, and what providers must still confirm."""

import sqlalchemy as sa
from alembic import op

from contacts.record.base import Instant, Key

revision = "0007_erasures"
down_revision = "0006_planning"
branch_labels = None
depends_on = None

_WAITING = sa.text("state = 'waiting'")


def upgrade() -> None:
    with op.batch_alter_table("suppressions") as suppressions:
        suppressions.add_column(sa.Column("erased_at", Instant(), nullable=True))
    op.create_table(
        "erasures",
        sa.Column("customer_id", Key, nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_erasures_customer_id")
        ),
        sa.PrimaryKeyConstraint("customer_id", name=op.f("pk_erasures")),
    )
    op.create_table(
        "erasure_requests",
        sa.Column("id", Key, nullable=False),
        sa.Column("customer_id", Key, nullable=False),
        sa.Column("provider", sa.String(length=10), nullable=False),
        sa.Column("target", sa.String(length=254), nullable=True),
        sa.Column("attempt_id", sa.String(length=36), nullable=True),
        sa.Column("state", sa.String(length=9), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("next_at", Instant(), nullable=False),
        sa.Column("asked_at", Instant(), nullable=True),
        sa.Column("http_status", sa.Integer(), nullable=True),
        sa.Column("code", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(
            ["attempt_id"], ["attempts.id"], name=op.f("fk_erasure_requests_attempt_id")
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_erasure_requests_customer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasure_requests")),
    )
    op.create_index(
        "ix_erasure_requests_waiting",
        "erasure_requests",
        ["next_at"],
        unique=False,
        sqlite_where=_WAITING,
        postgresql_where=_WAITING,
    )


def downgrade() -> None:
    op.drop_table("erasure_requests")
    op.drop_table("erasures")
    with op.batch_alter_table("suppressions") as suppressions:
        suppressions.drop_column("erased_at")
