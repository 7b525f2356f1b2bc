"""Appeals against no-shows."""

import sqlalchemy as sa
from alembic import op

revision = "0063"
down_revision = "0062"


def upgrade() -> None:
    op.add_column("booking", sa.Column("appealed_at", sa.DateTime(timezone=True)))
    op.create_table(
        "appeal",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("community_id", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("booking_id", sa.Uuid, sa.ForeignKey("booking.id"), nullable=False),
        sa.Column("resident_id", sa.Uuid, nullable=False),
        sa.Column("made_by", sa.Uuid, nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("text", sa.Text),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True)),
        sa.Column("decided_by", sa.Uuid),
        sa.Column("note", sa.Text),
        sa.UniqueConstraint("booking_id", name="appeal_of_booking"),
        sa.CheckConstraint(
            "reason IN ('was_there', 'could_not_check_in', 'emergency', 'unusable', 'other')", name="appeal_reason"
        ),
        sa.CheckConstraint("state IN ('open', 'granted', 'refused')", name="appeal_state"),
        sa.CheckConstraint(
            "(state = 'open') = (decided_at IS NULL) AND (decided_at IS NULL) = (decided_by IS NULL)", name="appeal_decided"
        ),
        sa.CheckConstraint("char_length(text) <= 300 AND char_length(note) <= 300", name="appeal_lengths"),
    )
    op.create_index("appeal_by_state", "appeal", ["community_id", "state", "made_at", "id"])
    op.create_index("appeal_of_resident", "appeal", ["resident_id"])
    op.create_index("appeal_made_for_others", "appeal", ["made_by"], postgresql_where=sa.text("made_by <> resident_id"))
    op.create_index("appeal_decided_by", "appeal", ["decided_by"], postgresql_where=sa.text("decided_by IS NOT NULL"))


def downgrade() -> None:
    op.drop_table("appeal")
    op.drop_column("booking", "appealed_at")
