"""Rows from before are checked too. Here and not in the migration before, so that nothing is locked meanwhile."""

from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.execute("ALTER TABLE recipient VALIDATE CONSTRAINT recipient_muted")


def downgrade() -> None:
    pass
