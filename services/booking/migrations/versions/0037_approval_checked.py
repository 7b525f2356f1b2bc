"""Rows from before are checked too. Here and not in the migration before, so that nothing is locked meanwhile."""

from alembic import op

revision = "0037"
down_revision = "0036"


def upgrade() -> None:
    op.execute("ALTER TABLE space VALIDATE CONSTRAINT space_answer_notice")
    op.execute("ALTER TABLE booking VALIDATE CONSTRAINT booking_state")
    op.execute("ALTER TABLE booking VALIDATE CONSTRAINT booking_answer_by")
    op.execute("ALTER TABLE booking VALIDATE CONSTRAINT booking_declined")


def downgrade() -> None:
    pass
