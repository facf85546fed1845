"""What was known of each zone's clocks, so that a change of them moves what is planned by them."""

import sqlalchemy as sa
from alembic import op

from contacts.record.base import Instant

revision = "0031_zone_marks"
down_revision = "0030_live_since"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "zone_marks",
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("mark", sa.String(length=64), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("zone", name=op.f("pk_zone_marks")),
    )


def downgrade() -> None:
    op.drop_table("zone_marks")
