"""Rows from before are checked too. Here and not in the migration before, so that nothing is locked meanwhile."""

from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.execute("ALTER TABLE cases VALIDATE CONSTRAINT cases_one_reporter")


def downgrade() -> None:
    pass
