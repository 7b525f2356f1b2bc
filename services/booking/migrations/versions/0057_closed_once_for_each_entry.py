"""An entry of an outside calendar closes once, however often it is imported."""

import sqlalchemy as sa

from chassis.database import concurrent_indexes

revision = "0057"
down_revision = "0056"


def upgrade() -> None:
    concurrent_indexes.create_index(
        "closure_of_outside_entry",
        "closure",
        ["community_id", "outside_uid"],
        unique=True,
        postgresql_where=sa.text("outside_uid IS NOT NULL AND ended_at IS NULL"),
    )


def downgrade() -> None:
    concurrent_indexes.drop_index("closure_of_outside_entry", "closure")
