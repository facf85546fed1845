"""By which account each channel leaves, for no other one's list proves anything of it."""

import sqlalchemy as sa
from alembic import op

from contacts.record.base import Instant

revision = "0032_ways"
down_revision = "0031_zone_marks"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("channels") as channels:
        channels.add_column(sa.Column("way", sa.String(length=64), nullable=True))
        channels.add_column(sa.Column("way_since", Instant(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("channels") as channels:
        channels.drop_column("way_since")
        channels.drop_column("way")
