"""Rows from before are checked too."""

from alembic import op

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    op.execute("ALTER TABLE calendar_day VALIDATE CONSTRAINT calendar_day_kind")


def downgrade() -> None:
    pass
