"""Members of a household, residents by name and year of birth, and the accounts that were merged into one."""

import sqlalchemy as sa

from chassis.database import concurrent_indexes

revision = "0027"
down_revision = "0026"

_INDEXES = {
    "account_household": (["household_id"], "household_id IS NOT NULL"),
    "account_name": (["community_id", "name_index", "birth_year"], "name_index IS NOT NULL"),
    "account_merged": (["merged_into"], "merged_into IS NOT NULL"),
}


def upgrade() -> None:
    for name, (columns, where) in _INDEXES.items():
        concurrent_indexes.create_index(name, "account", columns, postgresql_where=sa.text(where))


def downgrade() -> None:
    for name in _INDEXES:
        concurrent_indexes.drop_index(name, "account")
