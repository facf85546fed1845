"""Finding what is planned for a person, without reading every message that is."""

import sqlalchemy as sa
from alembic import op

revision = "0027_by_person"
down_revision = "0026_withdrawn"
branch_labels = None
depends_on = None


def upgrade() -> None:
    by_person = sa.text("state = 'planned' AND channel IN ('call', 'visit', 'letter')")
    op.create_index(
        "ix_touches_by_person",
        "touches",
        ["due_at"],
        sqlite_where=by_person,
        postgresql_where=by_person,
    )


def downgrade() -> None:
    op.drop_index("ix_touches_by_person", "touches")
