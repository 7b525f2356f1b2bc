"""A system lists the cases that it reported."""

import sqlalchemy as sa

from chassis.database import concurrent_indexes

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    concurrent_indexes.create_index(
        "cases_system",
        "cases",
        ["system_id", "reported_at", "id"],
        postgresql_where=sa.text("system_id IS NOT NULL"),
    )


def downgrade() -> None:
    concurrent_indexes.drop_index("cases_system", "cases")
