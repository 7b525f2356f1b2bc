"""Limits count the bookings of a household."""

import sqlalchemy as sa

from chassis.database import concurrent_indexes

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    of_household = sa.text("household_id IS NOT NULL")
    concurrent_indexes.create_index(
        "booking_of_household", "booking", ["household_id", "starts_at"], postgresql_where=of_household
    )


def downgrade() -> None:
    concurrent_indexes.drop_index("booking_of_household", "booking")
