"""When owners work and who leads them, absences, customers handed over, tasks that are late."""

import sqlalchemy as sa
from alembic import op

from contacts.record.base import Instant, Key

revision = "0018_owners"
down_revision = "0017_links"
branch_labels = None
depends_on = None

_OPEN = sa.text("state = 'open'")


def upgrade() -> None:
    with op.batch_alter_table("owners") as owners:
        owners.add_column(sa.Column("hours", sa.JSON(), server_default="{}", nullable=False))
        owners.add_column(sa.Column("country", sa.String(length=2), nullable=True))
        owners.add_column(sa.Column("region", sa.String(length=16), nullable=True))
        owners.add_column(sa.Column("lead_id", Key, nullable=True))
        owners.add_column(
            sa.Column("leads", sa.Boolean(), server_default=sa.false(), nullable=False)
        )
        owners.add_column(
            sa.Column("named", sa.Boolean(), server_default=sa.true(), nullable=False)
        )
        owners.create_foreign_key(op.f("fk_owners_lead_id"), "owners", ["lead_id"], ["id"])
    op.create_table(
        "absences",
        sa.Column("id", Key, nullable=False),
        sa.Column("owner_id", Key, nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("stand_in_id", Key, nullable=False),
        sa.Column("noted_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["owners.id"], name=op.f("fk_absences_owner_id")),
        sa.ForeignKeyConstraint(
            ["stand_in_id"], ["owners.id"], name=op.f("fk_absences_stand_in_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absences")),
    )
    op.create_index("ix_absences_owner", "absences", ["owner_id", "from_on"])
    op.create_table(
        "handed",
        sa.Column("customer_id", Key, nullable=False),
        sa.Column("file_owner_id", Key, nullable=True),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_handed_customer_id")
        ),
        sa.ForeignKeyConstraint(
            ["file_owner_id"], ["owners.id"], name=op.f("fk_handed_file_owner_id")
        ),
        sa.PrimaryKeyConstraint("customer_id", name=op.f("pk_handed")),
    )
    op.add_column(
        "tasks", sa.Column("escalated", sa.SmallInteger(), server_default="0", nullable=False)
    )
    op.add_column("tasks", sa.Column("escalated_at", Instant(), nullable=True))
    op.create_index(
        "ix_tasks_owner", "tasks", ["owner_id", "due_at"],
        sqlite_where=_OPEN, postgresql_where=_OPEN,
    )  # fmt: skip


def downgrade() -> None:
    op.drop_index("ix_tasks_owner", "tasks")
    with op.batch_alter_table("tasks") as tasks:
        tasks.drop_column("escalated_at")
        tasks.drop_column("escalated")
    op.drop_table("handed")
    op.drop_table("absences")
    with op.batch_alter_table("owners") as owners:
        owners.drop_constraint(op.f("fk_owners_lead_id"), type_="foreignkey")
        for name in ("named", "leads", "lead_id", "region", "country", "hours"):
            owners.drop_column(name)
