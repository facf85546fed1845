"""What is kept of each account's orders, the looks at them, and the signals that these raise."""

import sqlalchemy as sa
from alembic import op

from contacts.record.base import Instant, Key

revision = "0022_signals"
down_revision = "0021_benefits"
branch_labels = None
depends_on = None

_OPEN = sa.text("cleared_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "order_rhythms",
        sa.Column("customer_id", Key, autoincrement=False, nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("elsewhere", sa.Integer(), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=True),
        sa.Column("last_on", sa.Date(), nullable=True),
        sa.Column("gaps", sa.Integer(), nullable=False),
        sa.Column("gap_sum", sa.Double(), nullable=False),
        sa.Column("gap_squares", sa.Double(), nullable=False),
        sa.Column("recent_gaps", sa.Text(), nullable=False),
        sa.Column("amounts", sa.Integer(), nullable=False),
        sa.Column("amount_sum", sa.Double(), nullable=False),
        sa.Column("amount_squares", sa.Double(), nullable=False),
        sa.Column("recent_amounts", sa.Text(), nullable=False),
        sa.Column("ordered", sa.Double(), nullable=False),
        sa.Column("returned", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_order_rhythms_customer_id")
        ),
        sa.PrimaryKeyConstraint("customer_id", name=op.f("pk_order_rhythms")),
    )
    op.create_table(
        "order_changes",
        sa.Column("customer_id", Key, autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_order_changes_customer_id")
        ),
        sa.PrimaryKeyConstraint("customer_id", name=op.f("pk_order_changes")),
    )
    op.create_table(
        "order_watches",
        sa.Column("id", Key, nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("through", Key, nullable=False),
        sa.Column("complete_on", sa.Date(), nullable=False),
        sa.Column("accounts", sa.Integer(), nullable=False),
        sa.Column("watched", sa.Integer(), nullable=False),
        sa.Column("late", sa.Integer(), nullable=False),
        sa.Column("newly", sa.Integer(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("raised", sa.Integer(), nullable=False),
        sa.Column("cleared", sa.Integer(), nullable=False),
        sa.Column("held", sa.Integer(), nullable=False),
        sa.Column("book", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_watches")),
    )
    op.create_index(op.f("ix_order_watches_at"), "order_watches", ["at"])
    op.create_table(
        "signals",
        sa.Column("id", Key, nullable=False),
        sa.Column("customer_id", Key, nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column("weight", sa.Double(), nullable=False),
        sa.Column("raised_at", Instant(), nullable=False),
        sa.Column("cleared_at", Instant(), nullable=True),
        sa.Column("task_id", Key, nullable=True),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_signals_customer_id")
        ),
        sa.ForeignKeyConstraint(["task_id"], ["tasks.id"], name=op.f("fk_signals_task_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signals")),
        sa.UniqueConstraint(
            "customer_id", "kind", "key", name=op.f("uq_signals_customer_id_kind_key")
        ),
    )
    op.create_index(
        "ix_signals_open", "signals", ["customer_id"],
        sqlite_where=_OPEN, postgresql_where=_OPEN,
    )  # fmt: skip


def downgrade() -> None:
    op.drop_table("signals")
    op.drop_table("order_watches")
    op.drop_table("order_changes")
    op.drop_table("order_rhythms")
