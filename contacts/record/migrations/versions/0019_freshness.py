"""A customer's own limit of silence, and the proofs that nobody goes stale, one a sweep."""

import sqlalchemy as sa
from alembic import op

from contacts.record.base import Instant, Key

revision = "0019_freshness"
down_revision = "0019_accounts"
branch_labels = None
depends_on = None

_COUNTS = (
    "active", "by_touch", "by_task", "waived", "overdue", "uncovered", "stale", "unowned",
)  # fmt: skip


def upgrade() -> None:
    op.add_column("customers", sa.Column("freshness_days", sa.Integer(), nullable=True))
    op.create_table(
        "freshness_proofs",
        sa.Column("id", Key, nullable=False),
        sa.Column("at", Instant(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in _COUNTS),
        sa.Column("repaired", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_freshness_proofs")),
    )
    op.create_index(op.f("ix_freshness_proofs_at"), "freshness_proofs", ["at"], unique=False)


def downgrade() -> None:
    op.drop_table("freshness_proofs")
    # Not in a batch: SQLite would copy the whole table, and its generated column refuses that.
    op.drop_column("customers", "freshness_days")
