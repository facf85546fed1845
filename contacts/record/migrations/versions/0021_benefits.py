"""What customers got from us; what was logged of it before moves here from the events."""

import sqlalchemy as sa
from alembic import op

from contacts.record.base import Key

revision = "0021_benefits"
down_revision = "0020_results"
branch_labels = None
depends_on = None

_LOGGED = (
    "FROM events WHERE kind = 'benefit' AND provider = 'person' AND detail <> '' "
    "AND customer_id IS NOT NULL"
)
_COLUMNS = "benefit_id, customer_id, given_on, kind, text, source"


def upgrade() -> None:
    op.create_table(
        "benefits",
        sa.Column("id", Key, nullable=False),
        sa.Column("benefit_id", sa.String(length=64), nullable=False),
        sa.Column("customer_id", Key, nullable=False),
        sa.Column("given_on", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("worth", sa.Numeric(14, 2), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column("hours", sa.Numeric(8, 2), nullable=True),
        sa.Column("source", sa.String(length=8), nullable=False),
        sa.CheckConstraint(
            "(worth IS NULL) = (currency IS NULL)",
            name=op.f("ck_benefits_worth_has_currency"),
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_benefits_customer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_benefits")),
        sa.UniqueConstraint("benefit_id", name=op.f("uq_benefits_benefit_id")),
    )
    op.create_index("ix_benefits_customer", "benefits", ["customer_id", "given_on"])
    day = "(occurred_at AT TIME ZONE 'UTC')::date"
    if op.get_context().dialect.name == "sqlite":
        day = "date(occurred_at)"
    told = f"SELECT 'log:' || event_id, customer_id, {day}, 'extra', detail, 'person'"
    op.execute(f"INSERT INTO benefits ({_COLUMNS}) {told} {_LOGGED}")
    op.execute(f"DELETE {_LOGGED}")


def downgrade() -> None:
    op.drop_table("benefits")
