"""Rows from before are checked too. Here and not in the migration before, so that nothing is locked meanwhile."""

from alembic import op

revision = "0046"
down_revision = "0045"


def upgrade() -> None:
    op.execute("ALTER TABLE space VALIDATE CONSTRAINT space_door_check_in")
    op.execute("ALTER TABLE booking VALIDATE CONSTRAINT booking_checked_in_by")


def downgrade() -> None:
    pass
