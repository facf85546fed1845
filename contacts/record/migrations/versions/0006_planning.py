"""The index of what is to be planned in the whole of its order: a page is read, never sorted."""

import sqlalchemy as sa
from alembic import op

revision = "0006_planning"
down_revision = "0005_size"
branch_labels = None
depends_on = None

_ACTIVE = sa.text("state = 'active'")


def upgrade() -> None:
    _index_again("cadence", "plan_at", "id")


def downgrade() -> None:
    _index_again("cadence", "plan_at")


def _index_again(*columns: str) -> None:
    op.drop_index("ix_enrolments_to_plan", table_name="enrolments")
    op.create_index(
        "ix_enrolments_to_plan",
        "enrolments",
        list(columns),
        unique=False,
        sqlite_where=_ACTIVE,
        postgresql_where=_ACTIVE,
    )
