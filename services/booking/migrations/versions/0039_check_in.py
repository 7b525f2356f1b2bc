"""Check-in: when people came, and when they did not. The last release leaves the new columns empty."""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"


def upgrade() -> None:
    op.add_column("space", sa.Column("check_in_grace_minutes", sa.Integer))
    op.add_column("space", sa.Column("check_in_since", sa.DateTime(timezone=True)))
    op.create_check_constraint(
        "space_check_in",
        "space",
        "(check_in_grace_minutes IS NULL) = (check_in_since IS NULL) AND check_in_grace_minutes BETWEEN 1 AND 1440",
        postgresql_not_valid=True,
    )
    op.add_column("booking", sa.Column("checked_in_at", sa.DateTime(timezone=True)))
    op.add_column("booking", sa.Column("checked_in_by", sa.Text))
    op.add_column("booking", sa.Column("no_show_at", sa.DateTime(timezone=True)))
    op.add_column("booking", sa.Column("no_show_by", sa.Text))
    op.add_column("booking", sa.Column("excused_at", sa.DateTime(timezone=True)))
    op.drop_constraint("booking_state", "booking")
    for name, condition in CHECKS.items():
        op.create_check_constraint(name, "booking", condition, postgresql_not_valid=True)


def downgrade() -> None:
    """No-shows become bookings again, which keep the time that they had."""
    for name in CHECKS:
        op.drop_constraint(name, "booking")
    op.execute("UPDATE booking SET state = 'confirmed' WHERE state = 'no_show'")
    op.create_check_constraint(
        "booking_state",
        "booking",
        "state IN ('confirmed', 'requested', 'cancelled', 'declined', 'lapsed')",
        postgresql_not_valid=True,
    )
    for column in ("excused_at", "no_show_by", "no_show_at", "checked_in_by", "checked_in_at"):
        op.drop_column("booking", column)
    op.drop_constraint("space_check_in", "space")
    op.drop_column("space", "check_in_since")
    op.drop_column("space", "check_in_grace_minutes")


CHECKS = {
    "booking_state": "state IN ('confirmed', 'requested', 'cancelled', 'no_show', 'declined', 'lapsed')",
    "booking_checked_in_by": "checked_in_by IN ('resident', 'staff', 'door')",
    "booking_checked_in": "(checked_in_at IS NULL) = (checked_in_by IS NULL)",
    "booking_no_show_by": "no_show_by IN ('job', 'staff')",
    "booking_no_show": "(state = 'no_show') = (no_show_at IS NOT NULL) AND (no_show_at IS NULL) = (no_show_by IS NULL)",
    "booking_came_or_not": "no_show_at IS NULL OR checked_in_at IS NULL",
    "booking_excused_no_show": "excused_at IS NULL OR no_show_at IS NOT NULL",
}
