"""What we answer ourselves to STOP, START and HELP by SMS is owed, and sent once."""

import sqlalchemy as sa
from alembic import op

from contacts.record.base import Instant, Key

revision = "0012_sms_answers"
down_revision = "0011_complaints"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sms_answers",
        sa.Column("id", Key, nullable=False),
        sa.Column("event_id", Key, nullable=False),
        sa.Column("customer_id", Key, nullable=False),
        sa.Column("about", sa.String(length=5), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("owed_at", Instant(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("attempt_id", sa.String(length=36), nullable=True),
        sa.Column("started_at", Instant(), nullable=True),
        sa.Column("answered_at", Instant(), nullable=True),
        sa.Column("provider_id", sa.String(length=100), nullable=True),
        sa.Column("http_status", sa.Integer(), nullable=True),
        sa.Column("code", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_sms_answers_customer_id")
        ),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_sms_answers_event_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sms_answers")),
        sa.UniqueConstraint("attempt_id", name=op.f("uq_sms_answers_attempt_id")),
        sa.UniqueConstraint("event_id", name=op.f("uq_sms_answers_event_id")),
    )
    op.create_index(op.f("ix_sms_answers_customer_id"), "sms_answers", ["customer_id"])
    owed = sa.text("state = 'owed'")
    op.create_index(
        "ix_sms_answers_owed", "sms_answers", ["owed_at"], sqlite_where=owed, postgresql_where=owed
    )


def downgrade() -> None:
    op.drop_table("sms_answers")
