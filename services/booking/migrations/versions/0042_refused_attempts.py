"""Attempts that were refused, so that somebody can be told later why."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0042"
down_revision = "0041"


def upgrade() -> None:
    op.create_table(
        "refused_attempt",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("community_id", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempt", sa.Text, nullable=False),
        sa.Column("space_id", sa.Uuid, sa.ForeignKey("space.id"), nullable=False),
        sa.Column("booking_id", sa.Uuid),
        sa.Column("resident_id", sa.Uuid, nullable=False),
        sa.Column("asked_by", sa.Uuid),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attendees", sa.Integer, nullable=False),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("sentence", JSONB, nullable=False),
        sa.Column("details", JSONB, nullable=False),
        sa.Column("had_the_time", JSONB, nullable=False),
        sa.CheckConstraint("attempt IN ('book_space', 'reschedule_booking')", name="refused_attempt_attempt"),
    )
    op.create_index("refused_attempt_of_resident", "refused_attempt", ["resident_id", "id"])
    op.create_index("refused_attempt_of_community", "refused_attempt", ["community_id", "id"])
    op.create_index("refused_attempt_of_space", "refused_attempt", ["space_id", "id"])
    op.create_index("refused_attempt_by_time", "refused_attempt", ["at"])


def downgrade() -> None:
    op.drop_table("refused_attempt")
