"""Holds that have expired are found by their time."""

import sqlalchemy as sa

from chassis.database import concurrent_indexes

revision = "0035"
down_revision = "0034"


def upgrade() -> None:
    concurrent_indexes.create_index("claim_held", "claim", ["expires_at"], postgresql_where=sa.text("state = 'held'"))


def downgrade() -> None:
    concurrent_indexes.drop_index("claim_held", "claim")
