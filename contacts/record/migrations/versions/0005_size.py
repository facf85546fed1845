"""The index of the last contact in the very order in which those out of touch are listed."""

from alembic import op

revision = "0005_size"
down_revision = "0004_looks"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_customers_freshness", table_name="customers")
    op.create_index(
        "ix_customers_freshness",
        "customers",
        ["active", "last_contact_at", "id", "waived_until"],
        unique=False,
    )


def downgrade() -> None:
    op.drop_index("ix_customers_freshness", table_name="customers")
    op.create_index(
        "ix_customers_freshness", "customers", ["active", "last_contact_at"], unique=False
    )
