"""Rows from before are checked too. Here and not in the migration before, so that nothing is locked meanwhile."""

from alembic import op

revision = "0065"
down_revision = "0064"


def upgrade() -> None:
    op.execute("ALTER TABLE equipment_use VALIDATE CONSTRAINT equipment_use_holder")
    op.execute("ALTER TABLE equipment_use VALIDATE CONSTRAINT equipment_use_session_id_fkey")


def downgrade() -> None:
    pass
