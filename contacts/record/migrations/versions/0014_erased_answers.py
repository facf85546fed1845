"""An SMS answer of ours that was on the wire during an erasure is erased at Twilio too."""

import sqlalchemy as sa
from alembic import op

from contacts.record.base import Key

revision = "0014_erased_answers"
down_revision = "0013_complaints_index"
branch_labels = None
depends_on = None

_FOREIGN = "fk_erasure_requests_answer_id"


def upgrade() -> None:
    with op.batch_alter_table("erasure_requests") as requests:
        requests.add_column(sa.Column("answer_id", Key, nullable=True))
        requests.create_foreign_key(op.f(_FOREIGN), "sms_answers", ["answer_id"], ["id"])


def downgrade() -> None:
    with op.batch_alter_table("erasure_requests") as requests:
        requests.drop_constraint(op.f(_FOREIGN), type_="foreignkey")
        requests.drop_column("answer_id")
