"""What a provider's own list said of an attempt in doubt."""

import sqlalchemy as sa
from alembic import op

from contacts.record.base import Instant

revision = "0004_looks"
down_revision = "0003_storms"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "looks",
        sa.Column("attempt_id", sa.String(length=36), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("found", sa.String(length=10), nullable=False),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempts.id"], name=op.f("fk_looks_attempt_id")),
        sa.PrimaryKeyConstraint("attempt_id", name=op.f("pk_looks")),
    )


def downgrade() -> None:
    op.drop_table("looks")
