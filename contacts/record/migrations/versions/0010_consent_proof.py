"""What a consent was to, and triggers that keep every row of it as it was written.

A migration that makes the table anew (`batch_alter_table` on SQLite) must make its triggers anew.
"""

import sqlalchemy as sa
from alembic import op

from contacts.record.base import Instant

revision = "0010_consent_proof"
down_revision = "0009_opt_out_scopes"
branch_labels = None
depends_on = None

_FIXED = ("id", "customer_id", "channel", "purpose", "granted", "kind", "at", "expires_at",
          "recorded_at")  # fmt: skip
_REFUSED = "consents are append-only"
_REDACTING = " AND ".join(
    ["NEW.redacted_at IS NOT NULL"]
    + [f"NEW.{name} IS NOT DISTINCT FROM OLD.{name}" for name in _FIXED]
)
_ON_SQLITE = (
    f"""
CREATE TRIGGER consents_are_not_changed BEFORE UPDATE ON consents
WHEN NOT ({_REDACTING.replace("IS NOT DISTINCT FROM", "IS")})
BEGIN SELECT RAISE(ABORT, '{_REFUSED}'); END
""",
    f"""
CREATE TRIGGER consents_are_not_deleted BEFORE DELETE ON consents
BEGIN SELECT RAISE(ABORT, '{_REFUSED}'); END
""",
)
_ON_POSTGRESQL = (
    f"""
CREATE FUNCTION refuse_change_of_consent() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF {_REDACTING} THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION '{_REFUSED}' USING ERRCODE = 'integrity_constraint_violation';
END
$$
""",
    """
CREATE TRIGGER consents_are_not_changed BEFORE UPDATE OR DELETE ON consents
FOR EACH ROW EXECUTE FUNCTION refuse_change_of_consent()
""",
    """
CREATE TRIGGER consents_are_not_deleted BEFORE TRUNCATE ON consents
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_consent()
""",
)


def upgrade() -> None:
    with op.batch_alter_table("consents") as consents:
        consents.add_column(
            sa.Column("kind", sa.String(length=8), server_default="express", nullable=False)
        )
        consents.add_column(
            sa.Column("wording", sa.String(length=1000), server_default="", nullable=False)
        )
        consents.add_column(sa.Column("redacted_at", Instant(), nullable=True))
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in _ON_SQLITE if on_sqlite else _ON_POSTGRESQL:
        op.get_bind().exec_driver_sql(statement)


def downgrade() -> None:
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    for name in ("consents_are_not_deleted", "consents_are_not_changed"):
        op.execute(f"DROP TRIGGER {name}" if on_sqlite else f"DROP TRIGGER {name} ON consents")
    if not on_sqlite:
        op.execute("DROP FUNCTION refuse_change_of_consent()")
    with op.batch_alter_table("consents") as consents:
        consents.drop_column("redacted_at")
        consents.drop_column("wording")
        consents.drop_column("kind")
