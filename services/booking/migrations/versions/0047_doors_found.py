"""A display is found by its key."""

import sqlalchemy as sa

from chassis.database import concurrent_indexes

revision = "0047"
down_revision = "0046"


def upgrade() -> None:
    concurrent_indexes.create_index(
        "space_door_key", "space", ["door_key"], unique=True, postgresql_where=sa.text("door_key IS NOT NULL")
    )


def downgrade() -> None:
    concurrent_indexes.drop_index("space_door_key", "space")
