"""Which items are bought by the same customers."""

import sqlalchemy as sa
from alembic import op

revision = "0025_item_pairs"
down_revision = "0024_board"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "item_pairs",
        sa.Column("item", sa.String(length=100), nullable=False),
        sa.Column("other", sa.String(length=100), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("buyers", sa.Integer(), nullable=False),
        sa.Column("both", sa.Integer(), nullable=False),
        sa.Column("lift", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("item", "other", name=op.f("pk_item_pairs")),
    )


def downgrade() -> None:
    op.drop_table("item_pairs")
