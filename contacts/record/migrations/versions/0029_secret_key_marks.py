"""Which secret key opt-outs are kept under, so that no other one is taken for it."""

import sqlalchemy as sa
from alembic import op

from contacts.record.base import Instant

revision = "0029_secret_key_marks"
down_revision = "0028_queue_room"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "secret_key_marks",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("mark", sa.String(length=64), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_secret_key_marks")),
    )


def downgrade() -> None:
    op.drop_table("secret_key_marks")
