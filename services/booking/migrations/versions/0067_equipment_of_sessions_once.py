"""A session wants each kind of equipment once. It is an index, because a constraint would scan the table under a lock."""

from chassis.database import concurrent_indexes

revision = "0067"
down_revision = "0066"


def upgrade() -> None:
    concurrent_indexes.create_index("equipment_use_of_session_once", "equipment_use", ["session_id", "kind_id"], unique=True)


def downgrade() -> None:
    concurrent_indexes.drop_index("equipment_use_of_session_once", "equipment_use")
