"""The rows that are there are checked, in a transaction of its own: it locks out nobody."""

from alembic import op

revision = "0031"
down_revision = "0030"


def upgrade() -> None:
    op.execute("ALTER TABLE space VALIDATE CONSTRAINT space_ask_from_dates")
    op.execute("ALTER TABLE booking VALIDATE CONSTRAINT booking_unneeded")
    op.execute("ALTER TABLE series VALIDATE CONSTRAINT series_not_asked")
    op.execute("ALTER TABLE series VALIDATE CONSTRAINT series_not_asked_since")


def downgrade() -> None:
    pass
