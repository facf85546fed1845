"""Since when a channel reaches people, so that it is never led to the stand-in unseen."""

import sqlalchemy as sa
from alembic import op

from contacts.record.base import Instant

revision = "0030_live_since"
down_revision = "0029_secret_key_marks"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("channels") as channels:
        channels.add_column(sa.Column("live_since", Instant(), nullable=True))
        channels.add_column(sa.Column("rehearsed_since", Instant(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("channels") as channels:
        channels.drop_column("rehearsed_since")
        channels.drop_column("live_since")
