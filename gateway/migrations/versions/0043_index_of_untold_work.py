"""Finds the staff whose work was not announced yet."""

import sqlalchemy as sa

from chassis.database import concurrent_indexes

revision = "0043"
down_revision = "0042"


def upgrade() -> None:
    concurrent_indexes.create_index(
        "account_work_untold", "account", ["id"], postgresql_where=sa.text("party = 'staff' AND work_told_at IS NULL")
    )


def downgrade() -> None:
    concurrent_indexes.drop_index("account_work_untold", "account")
