"""Marketing waits where too many call it spam, while service goes on."""

import sqlalchemy as sa
from alembic import op

from contacts.record.base import Instant

revision = "0011_complaints"
down_revision = "0010_consent_proof"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("channels") as channels:
        channels.add_column(sa.Column("marketing_held", sa.String(length=200), nullable=True))
        channels.add_column(sa.Column("opened_at", Instant(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("channels") as channels:
        channels.drop_column("opened_at")
        channels.drop_column("marketing_held")
