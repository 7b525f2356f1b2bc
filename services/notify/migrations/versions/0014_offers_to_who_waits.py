"""An offer to somebody who waits is sent as reminders are."""

from alembic import op

revision = "notify_0014"
down_revision = "notify_0013"

SUBJECTS = "'booking', 'registration', 'question'"


def upgrade() -> None:
    op.drop_constraint("reminder_subject", "reminder")
    op.create_check_constraint(
        "reminder_subject", "reminder", f"subject_type IN ({SUBJECTS}, 'wait')", postgresql_not_valid=True
    )


def downgrade() -> None:
    op.execute("DELETE FROM reminder WHERE subject_type = 'wait'")
    op.drop_constraint("reminder_subject", "reminder")
    op.create_check_constraint("reminder_subject", "reminder", f"subject_type IN ({SUBJECTS})")
