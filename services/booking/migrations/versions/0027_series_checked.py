"""Rows from before are checked too. Here and not in the migration before, so that nothing is locked meanwhile."""

from alembic import op

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    op.execute("ALTER TABLE booking VALIDATE CONSTRAINT booking_of_series")
    op.execute("ALTER TABLE booking VALIDATE CONSTRAINT booking_date_of_series")


def downgrade() -> None:
    pass
