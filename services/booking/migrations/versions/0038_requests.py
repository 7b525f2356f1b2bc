"""Requests are found by when they lapse, and by their space. A date of a series is requested or booked once."""

import sqlalchemy as sa

from chassis.database import concurrent_indexes

revision = "0038"
down_revision = "0037"


def upgrade() -> None:
    requested = sa.text("state = 'requested'")
    concurrent_indexes.create_index("booking_requested", "booking", ["answer_by", "id"], postgresql_where=requested)
    concurrent_indexes.create_index(
        "booking_requested_of_space", "booking", ["space_id", "starts_at"], postgresql_where=requested
    )
    concurrent_indexes.create_index(
        "booking_decided", "booking", ["decided_by"], postgresql_where=sa.text("decided_by IS NOT NULL")
    )
    active = sa.text("state IN ('confirmed', 'requested') AND series_id IS NOT NULL")
    concurrent_indexes.create_index(
        "booking_series_day", "booking", ["series_id", "series_day"], unique=True, postgresql_where=active
    )
    concurrent_indexes.drop_index("booking_series_date", "booking")


def downgrade() -> None:
    confirmed = sa.text("state = 'confirmed' AND series_id IS NOT NULL")
    concurrent_indexes.create_index(
        "booking_series_date", "booking", ["series_id", "series_day"], unique=True, postgresql_where=confirmed
    )
    for name in ("booking_decided", "booking_series_day", "booking_requested_of_space", "booking_requested"):
        concurrent_indexes.drop_index(name, "booking")
