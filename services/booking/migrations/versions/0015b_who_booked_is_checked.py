"""Rows from before are checked too. Here and not in the migration before, so that nothing is locked meanwhile."""

from alembic import op

revision = "0015b"
down_revision = "0015"


def upgrade() -> None:
    op.execute("ALTER TABLE booking VALIDATE CONSTRAINT booking_made_by_one")


def downgrade() -> None:
    pass
