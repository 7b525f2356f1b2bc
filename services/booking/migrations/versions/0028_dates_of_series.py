"""A date of a series is booked once. The bookings of a series are found by it."""

import sqlalchemy as sa

from chassis.database import concurrent_indexes

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    confirmed, of_series = sa.text("state = 'confirmed' AND series_id IS NOT NULL"), sa.text("series_id IS NOT NULL")
    concurrent_indexes.create_index(
        "booking_series_date", "booking", ["series_id", "series_day"], unique=True, postgresql_where=confirmed
    )
    concurrent_indexes.create_index("booking_series", "booking", ["series_id", "series_day", "id"], postgresql_where=of_series)


def downgrade() -> None:
    concurrent_indexes.drop_index("booking_series", "booking")
    concurrent_indexes.drop_index("booking_series_date", "booking")
