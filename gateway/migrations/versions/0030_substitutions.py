"""Substitutions during leave. One person has one substitute at a time; the database refuses a second.

Rows from before are checked for the departments of accounts, here and not in the migration before, so that nothing is locked
meanwhile.
"""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"


def upgrade() -> None:
    op.execute("ALTER TABLE account VALIDATE CONSTRAINT account_departments_check")
    op.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
    op.create_table(
        "substitution",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("community_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Uuid(), sa.ForeignKey("account.id", ondelete="CASCADE"), nullable=False),
        sa.Column("substitute_id", sa.Uuid(), sa.ForeignKey("account.id", ondelete="CASCADE"), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("starts_at <= ends_at", name="substitution_order"),
        sa.CheckConstraint("account_id <> substitute_id", name="substitution_of_another"),
    )
    op.execute(
        "ALTER TABLE substitution ADD CONSTRAINT substitution_one_at_a_time "
        "EXCLUDE USING gist (account_id WITH =, tstzrange(starts_at, ends_at) WITH &&)"
    )
    op.create_index("substitution_of_account", "substitution", ["account_id", "ends_at"])
    op.create_index("substitution_of_substitute", "substitution", ["substitute_id", "ends_at"])
    op.execute(
        """
        CREATE TRIGGER substitution_notifies_of_sessions AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON substitution
        FOR EACH STATEMENT EXECUTE FUNCTION notify_of_sessions()
        """
    )


def downgrade() -> None:
    op.drop_table("substitution")
