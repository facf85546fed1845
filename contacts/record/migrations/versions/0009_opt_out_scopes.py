"""How much of a channel an address is left alone by, and what for a consent was given.

Whoever stopped before there were scopes was told that no more would come: it stays at everything.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009_opt_out_scopes"
down_revision = "0008_stuck_events"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("suppressions") as suppressions:
        suppressions.add_column(
            sa.Column("scope", sa.String(length=9), server_default="all", nullable=False)
        )
    with op.batch_alter_table("consents") as consents:
        consents.add_column(
            sa.Column("purpose", sa.String(length=10), server_default="", nullable=False)
        )


def downgrade() -> None:
    with op.batch_alter_table("consents") as consents:
        consents.drop_column("purpose")
    with op.batch_alter_table("suppressions") as suppressions:
        suppressions.drop_column("scope")
