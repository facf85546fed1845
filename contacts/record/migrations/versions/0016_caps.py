"""A touch keeps which cap left it no room."""

import sqlalchemy as sa
from alembic import op

revision = "0016_caps"
down_revision = "0015_wishes"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("touches", sa.Column("cap", sa.String(16), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("touches") as touches:
        touches.drop_column("cap")
