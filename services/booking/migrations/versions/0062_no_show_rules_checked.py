"""Rows from before are checked too. Here and not in the migration before, so that nothing is locked meanwhile."""

from alembic import op

revision = "0062"
down_revision = "0061"


def upgrade() -> None:
    op.execute("ALTER TABLE calendar_change VALIDATE CONSTRAINT calendar_change_kind")


def downgrade() -> None:
    pass
