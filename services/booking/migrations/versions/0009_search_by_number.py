"""Staff find a booking by its number, the end of its id."""

import sqlalchemy as sa

from chassis.database import concurrent_indexes

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    concurrent_indexes.create_index("booking_by_number", "booking", [sa.text('"right"(id::text, 8)')])


def downgrade() -> None:
    concurrent_indexes.drop_index("booking_by_number", "booking")
