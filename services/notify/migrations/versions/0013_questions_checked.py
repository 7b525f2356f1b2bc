"""The reminders that are there are checked too, in a transaction of its own: it locks out nobody."""

from alembic import op

revision = "notify_0013"
down_revision = "notify_0012"


def upgrade() -> None:
    op.execute("ALTER TABLE reminder VALIDATE CONSTRAINT reminder_subject")


def downgrade() -> None:
    pass
