"""Lists of published cases by report and by change, and of their steps."""

import sqlalchemy as sa

from chassis.database import concurrent_indexes

revision = "0016"
down_revision = "0015"

_INDEXES = (
    ("cases_published", "cases", ["community_id", "reported_at", "id"]),
    ("cases_published_district", "cases", ["reported_at", "id"]),
    ("cases_published_changes", "cases", ["stepped_at", "id"]),
    ("case_history_published", "case_history", ["at", "id"]),
)


def upgrade() -> None:
    for name, table, columns in _INDEXES:
        concurrent_indexes.create_index(name, table, columns, postgresql_where=sa.text("published"))


def downgrade() -> None:
    for name, table, _ in _INDEXES:
        concurrent_indexes.drop_index(name, table)
