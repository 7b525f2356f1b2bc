"""The no-shows of a resident, and those of a community, are found by indexes that have nothing else in them."""

import sqlalchemy as sa

from chassis.database import concurrent_indexes

revision = "0041"
down_revision = "0040"


def upgrade() -> None:
    no_show = sa.text("state = 'no_show'")
    concurrent_indexes.create_index(
        "booking_no_show_of_resident", "booking", ["resident_id", "starts_at"], postgresql_where=no_show
    )
    concurrent_indexes.create_index(
        "booking_no_show_by_time", "booking", ["community_id", "starts_at", "id"], postgresql_where=no_show
    )


def downgrade() -> None:
    concurrent_indexes.drop_index("booking_no_show_by_time", "booking")
    concurrent_indexes.drop_index("booking_no_show_of_resident", "booking")
