"""The few complaints are found without reading every event."""

import sqlalchemy as sa
from alembic import op

revision = "0013_complaints_index"
down_revision = "0012_sms_answers"
branch_labels = None
depends_on = None

_COMPLAINED = sa.text("kind = 'complained'")


def upgrade() -> None:
    op.create_index(
        "ix_events_complaints",
        "events",
        ["occurred_at"],
        sqlite_where=_COMPLAINED,
        postgresql_where=_COMPLAINED,
    )


def downgrade() -> None:
    op.drop_index("ix_events_complaints", table_name="events")
