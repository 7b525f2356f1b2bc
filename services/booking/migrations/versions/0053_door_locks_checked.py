"""Spaces from before are checked too. Here and not in the migration before, so that nothing is locked meanwhile."""

from alembic import op

revision = "0053"
down_revision = "0052"


def upgrade() -> None:
    op.execute("ALTER TABLE space VALIDATE CONSTRAINT space_lock_of_community")
    op.execute("ALTER TABLE space VALIDATE CONSTRAINT space_code_minutes")


def downgrade() -> None:
    pass
