"""Where the links of our mails point, for the businesses that follow clicks."""

import sqlalchemy as sa
from alembic import op

revision = "0017_links"
down_revision = "0016_caps"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "links",
        sa.Column("attempt_id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempts.id"], name=op.f("fk_links_attempt_id")),
        sa.PrimaryKeyConstraint("attempt_id", "number", name=op.f("pk_links")),
    )


def downgrade() -> None:
    op.drop_table("links")
