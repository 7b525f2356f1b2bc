"""Indexes for the desk: search by one character, open cases from the oldest on, and cases whose reporters are dissatisfied."""

import sqlalchemy as sa

from chassis.database import concurrent_indexes

revision = "0006"
down_revision = "0005"

_CHARACTERS = "string_to_array(lower(NORMALIZE((text || ' '::text) || COALESCE(address, ''::text), NFKC)), NULL::text)"
_OPEN = "state IN ('reported', 'accepted', 'dispatched')"


def upgrade() -> None:
    concurrent_indexes.create_index("cases_characters", "cases", [sa.text(_CHARACTERS)], postgresql_using="gin")
    concurrent_indexes.create_index(
        "cases_open", "cases", ["community_id", "reported_at", "id"], postgresql_where=sa.text(_OPEN)
    )
    concurrent_indexes.create_index(
        "cases_dissatisfied", "cases", ["community_id", "reported_at", "id"], postgresql_where=sa.text("satisfied IS FALSE")
    )


def downgrade() -> None:
    for name in ("cases_dissatisfied", "cases_open", "cases_characters"):
        concurrent_indexes.drop_index(name, "cases")
