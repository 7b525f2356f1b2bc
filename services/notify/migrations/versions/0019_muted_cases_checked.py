"""Rows from before are checked too. Here and not in the migration before, so that nothing is locked meanwhile."""

from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    op.execute("ALTER TABLE recipient VALIDATE CONSTRAINT recipient_muted")


def downgrade() -> None:
    pass
