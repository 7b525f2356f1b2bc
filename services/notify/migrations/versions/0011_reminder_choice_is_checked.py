"""The choices of reminders of rows from before are checked too. Here and not in the migration before, so that nothing is locked
meanwhile."""

from alembic import op

revision = "notify_0011"
down_revision = "notify_0010"


def upgrade() -> None:
    op.execute("ALTER TABLE recipient VALIDATE CONSTRAINT recipient_reminders")


def downgrade() -> None:
    pass
