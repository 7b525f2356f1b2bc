"""An erasure finds the bookings that a person made for others, such as their children."""

import sqlalchemy as sa

from chassis.database import concurrent_indexes

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    for_others = sa.text("booked_by <> resident_id")
    concurrent_indexes.create_index("booking_for_others", "booking", ["booked_by"], postgresql_where=for_others)


def downgrade() -> None:
    concurrent_indexes.drop_index("booking_for_others", "booking")
