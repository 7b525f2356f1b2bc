"""The rooms of club events, which booking is asked for. A session can have a place of its own, and can be called off alone."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "events_0005"
down_revision = "events_0004"


def upgrade() -> None:
    op.create_table(
        "room_claim",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("community_id", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("club_event_id", sa.Uuid, sa.ForeignKey("club_event.id", ondelete="CASCADE"), nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True)),
        sa.Column("move", JSONB),
        sa.Column("refusals", JSONB, nullable=False),
        sa.UniqueConstraint("club_event_id", name="room_claim_club_event_key"),
        sa.CheckConstraint("state IN ('asked', 'granted', 'refused', 'released')", name="room_claim_state_known"),
    )
    op.create_index("room_claim_unanswered", "room_claim", ["asked_at"], postgresql_where=sa.text("state = 'asked'"))
    op.add_column("club_session", sa.Column("location", sa.Text))
    op.add_column("club_session", sa.Column("space_id", sa.Uuid))
    op.add_column("club_session", sa.Column("cancelled_at", sa.DateTime(timezone=True)))
    op.add_column("club_session", sa.Column("cancel_reason", sa.Text))
    op.create_check_constraint(
        "club_session_own_place", "club_session", "space_id IS NULL OR location IS NOT NULL", postgresql_not_valid=True
    )
    op.drop_constraint("club_event_state_known", "club_event")
    op.create_check_constraint(
        "club_event_state_known",
        "club_event",
        "state IN ('draft', 'awaiting_room', 'published', 'cancelled')",
        postgresql_not_valid=True,
    )


def downgrade() -> None:
    """Booking keeps what it has given. Club events that wait are drafts again."""
    op.execute("UPDATE club_event SET state = 'draft' WHERE state = 'awaiting_room'")
    op.drop_constraint("club_event_state_known", "club_event")
    op.create_check_constraint("club_event_state_known", "club_event", "state IN ('draft', 'published', 'cancelled')")
    op.drop_constraint("club_session_own_place", "club_session")
    for column in ("cancel_reason", "cancelled_at", "space_id", "location"):
        op.drop_column("club_session", column)
    op.drop_table("room_claim")
