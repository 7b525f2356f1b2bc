"""The equipment that sessions need with their rooms, and what booking has given of it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0006"
down_revision = "events_0005b"


def upgrade() -> None:
    op.add_column("club_session", sa.Column("equipment", JSONB, nullable=False, server_default=sa.text("'[]'::jsonb")))
    op.add_column("room_claim", sa.Column("equipment", JSONB, nullable=False, server_default=sa.text("'{}'::jsonb")))
    op.add_column("room_claim", sa.Column("equipment_unanswered", sa.Boolean, nullable=False, server_default=sa.text("false")))


def downgrade() -> None:
    """Booking keeps the equipment that it has given until it is asked again."""
    op.drop_column("room_claim", "equipment_unanswered")
    op.drop_column("room_claim", "equipment")
    op.drop_column("club_session", "equipment")
