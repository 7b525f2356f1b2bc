"""An index for the desk of a department: its cases that name nobody."""

import sqlalchemy as sa

from chassis.database import concurrent_indexes

revision = "0009"
down_revision = "0008"

WHERE = "department_id IS NOT NULL AND handler_id IS NULL"


def upgrade() -> None:
    concurrent_indexes.create_index(
        "cases_department", "cases", ["department_id", "reported_at", "id"], postgresql_where=sa.text(WHERE)
    )


def downgrade() -> None:
    concurrent_indexes.drop_index("cases_department", "cases")
