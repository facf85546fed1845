"""What came of a call, a visit or a letter."""

import sqlalchemy as sa
from alembic import op

revision = "0020_results"
down_revision = "0019_freshness"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tasks", sa.Column("result", sa.String(length=20), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("tasks") as tasks:
        tasks.drop_column("result")
