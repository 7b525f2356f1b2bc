"""Questions whether a date of a series is still needed are sent as reminders are."""

import sqlalchemy as sa
from alembic import op

revision = "notify_0012"
down_revision = "notify_0011"


def upgrade() -> None:
    op.add_column("reminder", sa.Column("answer_by", sa.DateTime(timezone=True)))
    op.drop_constraint("reminder_subject", "reminder")
    # Checked in the next migration, without a lock that stops others.
    op.execute(
        "ALTER TABLE reminder ADD CONSTRAINT reminder_subject"
        " CHECK (subject_type IN ('booking', 'registration', 'question')) NOT VALID"
    )


def downgrade() -> None:
    op.execute("DELETE FROM reminder WHERE subject_type = 'question'")
    op.drop_constraint("reminder_subject", "reminder")
    op.create_check_constraint("reminder_subject", "reminder", "subject_type IN ('booking', 'registration')")
    op.drop_column("reminder", "answer_by")
