"""Displays beside doors, and who may walk in. The last release leaves the new columns as they are by default. Nothing has ever
written that a booking was checked in by `door`, so it is no longer a word."""

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"


def upgrade() -> None:
    op.add_column("space", sa.Column("door_key", sa.Text))
    op.add_column("space", sa.Column("door_check_in", sa.Text, nullable=False, server_default="display"))
    op.add_column("space", sa.Column("takes_walk_ins", sa.Boolean, nullable=False, server_default="false"))
    op.create_check_constraint(
        "space_door_check_in", "space", "door_check_in IN ('off', 'display', 'poster')", postgresql_not_valid=True
    )
    _replace("checked_in_by IN ('resident', 'staff')")


def downgrade() -> None:
    _replace("checked_in_by IN ('resident', 'staff', 'door')")
    op.drop_constraint("space_door_check_in", "space")
    for column in ("takes_walk_ins", "door_check_in", "door_key"):
        op.drop_column("space", column)


def _replace(condition: str) -> None:
    op.drop_constraint("booking_checked_in_by", "booking")
    op.create_check_constraint("booking_checked_in_by", "booking", condition, postgresql_not_valid=True)
