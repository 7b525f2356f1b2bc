"""Another system can book for a resident. Then `booked_by` is empty, and `system_id` says who made the booking. The last
release writes `booked_by` in each row."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0013"


def upgrade() -> None:
    op.add_column("booking", sa.Column("system_id", sa.Uuid()))
    op.add_column("booking", sa.Column("changed_by_system_id", sa.Uuid()))
    op.alter_column("booking", "booked_by", nullable=True)
    op.create_check_constraint(
        "booking_made_by_one", "booking", "(booked_by IS NULL) <> (system_id IS NULL)", postgresql_not_valid=True
    )


def downgrade() -> None:
    op.drop_constraint("booking_made_by_one", "booking")
    # The release before needs somebody who made the booking.
    op.execute("UPDATE booking SET booked_by = resident_id WHERE booked_by IS NULL")
    op.alter_column("booking", "booked_by", nullable=False)
    op.drop_column("booking", "changed_by_system_id")
    op.drop_column("booking", "system_id")
