"""The subjects of reminders from before are checked too. Here and not in the migration before, so that nothing is locked
meanwhile."""

from alembic import op

revision = "notify_0015"
down_revision = "notify_0014"


def upgrade() -> None:
    op.execute("ALTER TABLE reminder VALIDATE CONSTRAINT reminder_subject")


def downgrade() -> None:
    pass
