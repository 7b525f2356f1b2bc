"""The CHECK of 0007 holds for the rows from before too. It is validated apart, so that nobody waits for the scan."""

from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.execute("ALTER TABLE space VALIDATE CONSTRAINT space_open_to")


def downgrade() -> None:
    pass  # a constraint cannot become unchecked again, and need not
