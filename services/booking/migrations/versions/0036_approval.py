"""Spaces that are given only after somebody agrees. The last release leaves the new columns as they are by default.

The states of a booking get more values, so their CHECK is replaced.
"""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"


def upgrade() -> None:
    op.add_column("space", sa.Column("needs_approval", sa.Boolean, nullable=False, server_default="false"))
    op.add_column("space", sa.Column("approver_ids", sa.ARRAY(sa.Uuid), nullable=False, server_default="{}"))
    op.add_column("space", sa.Column("answer_notice_minutes", sa.Integer, nullable=False, server_default="1440"))
    op.create_check_constraint(
        "space_answer_notice", "space", "answer_notice_minutes BETWEEN 0 AND 43200", postgresql_not_valid=True
    )
    op.add_column("booking", sa.Column("answer_by", sa.DateTime(timezone=True)))
    op.add_column("booking", sa.Column("decided_at", sa.DateTime(timezone=True)))
    op.add_column("booking", sa.Column("decided_by", sa.Uuid))
    op.add_column("booking", sa.Column("decline_reason", sa.Text))
    op.add_column("booking", sa.Column("decline_note", sa.Text))
    op.drop_constraint("booking_state", "booking")
    op.create_check_constraint(
        "booking_state",
        "booking",
        "state IN ('confirmed', 'requested', 'cancelled', 'declined', 'lapsed')",
        postgresql_not_valid=True,
    )
    op.create_check_constraint(
        "booking_answer_by", "booking", "state <> 'requested' OR answer_by IS NOT NULL", postgresql_not_valid=True
    )
    op.create_check_constraint(
        "booking_declined",
        "booking",
        "(state = 'declined') = (decline_reason IS NOT NULL) AND (state <> 'declined' OR decided_at IS NOT NULL)",
        postgresql_not_valid=True,
    )


def downgrade() -> None:
    """Whatever was requested, declined or has lapsed is cancelled: the last release knows no other state for it."""
    op.drop_constraint("booking_declined", "booking")
    op.drop_constraint("booking_answer_by", "booking")
    op.execute(
        "UPDATE booking SET state = 'cancelled', cancelled_at = coalesce(decided_at, now()), cancelled_by = 'staff' "
        "WHERE state IN ('requested', 'declined', 'lapsed')"
    )
    op.drop_constraint("booking_state", "booking")
    op.create_check_constraint("booking_state", "booking", "state IN ('confirmed', 'cancelled')", postgresql_not_valid=True)
    for name in ("decline_note", "decline_reason", "decided_by", "decided_at", "answer_by"):
        op.drop_column("booking", name)
    op.drop_constraint("space_answer_notice", "space")
    for name in ("answer_notice_minutes", "approver_ids", "needs_approval"):
        op.drop_column("space", name)
