"""What customers chose on their own page: topics, a pause, a language, their best time."""

import sqlalchemy as sa
from alembic import op

revision = "0015_wishes"
down_revision = "0014_erased_answers"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("customers", sa.Column("wishes", sa.JSON(none_as_null=True), nullable=True))


def downgrade() -> None:
    # Not in a batch: SQLite would copy the whole table, and its generated column refuses that.
    op.drop_column("customers", "wishes")
