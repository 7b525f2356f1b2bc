"""Rows from before are checked too. Here and not in the migration before, so that nothing is locked meanwhile."""

from alembic import op

revision = "0035b"
down_revision = "0035"


def upgrade() -> None:
    op.execute("ALTER TABLE live_setting VALIDATE CONSTRAINT live_setting_second_factor")


def downgrade() -> None:
    pass
