"""Rows from before are checked too. Here and not in the migration before, so that nothing is locked meanwhile."""

from alembic import op

revision = "0040"
down_revision = "0039"


def upgrade() -> None:
    op.execute("ALTER TABLE space VALIDATE CONSTRAINT space_check_in")
    for name in CHECKED:
        op.execute(f"ALTER TABLE booking VALIDATE CONSTRAINT {name}")


def downgrade() -> None:
    pass


CHECKED = (
    "booking_state",
    "booking_checked_in_by",
    "booking_checked_in",
    "booking_no_show_by",
    "booking_no_show",
    "booking_came_or_not",
    "booking_excused_no_show",
)
