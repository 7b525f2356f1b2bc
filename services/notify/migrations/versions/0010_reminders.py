"""Reminders of bookings and sessions, how people want them, and copies of communities for their time zones."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "notify_0010"
down_revision = "notify_0009"


def upgrade() -> None:
    op.create_table(
        "community",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
    )
    op.create_table(
        "reminder",
        sa.Column("subject_type", sa.Text(), primary_key=True),
        sa.Column("subject_id", sa.Uuid(), primary_key=True),
        sa.Column("community_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("content", JSONB(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True)),
        sa.Column("notice_id", sa.Uuid()),
        sa.Column("secret_hash", sa.LargeBinary()),
        sa.CheckConstraint("subject_type IN ('booking', 'registration')", name="reminder_subject"),
        sa.CheckConstraint("state IN ('waiting', 'sent', 'dropped')", name="reminder_state"),
        sa.CheckConstraint("state <> 'waiting' OR (due_at IS NOT NULL AND notice_id IS NOT NULL)", name="reminder_due"),
        sa.CheckConstraint("state = 'sent' OR secret_hash IS NULL", name="reminder_secret"),
    )
    op.create_index("reminder_waiting", "reminder", ["due_at"], postgresql_where=sa.text("state = 'waiting'"))
    op.create_index("reminder_of_account", "reminder", ["account_id"])
    op.create_index("reminder_starts", "reminder", ["starts_at"])
    op.create_index(
        "reminder_secret_key", "reminder", ["secret_hash"], unique=True, postgresql_where=sa.text("secret_hash IS NOT NULL")
    )
    op.add_column("recipient", sa.Column("reminders", sa.Text(), nullable=False, server_default="app"))
    # Checked in migration 0011, without a lock that stops others.
    op.execute("ALTER TABLE recipient ADD CONSTRAINT recipient_reminders CHECK (reminders IN ('app', 'sms', 'off')) NOT VALID")


def downgrade() -> None:
    op.drop_constraint("recipient_reminders", "recipient")
    op.drop_column("recipient", "reminders")
    op.drop_table("reminder")
    op.drop_table("community")
