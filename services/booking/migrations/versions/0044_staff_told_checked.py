"""Spaces from before are checked too. Here and not in the migration before, so that nothing is locked meanwhile."""

from alembic import op

revision = "0044"
down_revision = "0043"


def upgrade() -> None:
    op.execute("ALTER TABLE space VALIDATE CONSTRAINT space_list_at")
    op.execute("ALTER TABLE space VALIDATE CONSTRAINT space_list_has_time")


def downgrade() -> None:
    pass
