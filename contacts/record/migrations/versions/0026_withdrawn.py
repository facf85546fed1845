"""Finding who opted out of late, without reading what everybody agreed to."""

import sqlalchemy as sa
from alembic import op

revision = "0026_withdrawn"
down_revision = "0025_item_pairs"
branch_labels = None
depends_on = None


def upgrade() -> None:
    withdrawn = sa.text("NOT granted")
    op.create_index(
        "ix_consents_withdrawn",
        "consents",
        ["recorded_at"],
        sqlite_where=withdrawn,
        postgresql_where=withdrawn,
    )


def downgrade() -> None:
    op.drop_index("ix_consents_withdrawn", "consents")
