"""Rows from before are checked too, without a lock that stops writers. The index of open cases knows the new states."""

import sqlalchemy as sa
from alembic import op

from chassis.database import concurrent_indexes

revision = "0018"
down_revision = "0017"

_BEFORE = "state IN ('reported', 'accepted', 'dispatched')"
_OPEN = "state IN ('reported', 'accepted', 'dispatched', 'asked', 'suspended', 'disputed')"
_COLUMNS = ["community_id", "reported_at", "id"]


def upgrade() -> None:
    op.execute("ALTER TABLE cases VALIDATE CONSTRAINT cases_state_known")
    op.execute("ALTER TABLE cases VALIDATE CONSTRAINT cases_outcome_known")
    concurrent_indexes.create_index("cases_unsettled", "cases", [*_COLUMNS], postgresql_where=sa.text(_OPEN))
    concurrent_indexes.drop_index("cases_open", "cases")


def downgrade() -> None:
    concurrent_indexes.create_index("cases_open", "cases", [*_COLUMNS], postgresql_where=sa.text(_BEFORE))
    concurrent_indexes.drop_index("cases_unsettled", "cases")
