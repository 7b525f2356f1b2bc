"""An index that a partitioned table of notifications can have: unique, with the key of the partitions."""

from chassis.database import concurrent_indexes

revision = "notify_0005"
down_revision = "notify_0004"


def upgrade() -> None:
    concurrent_indexes.create_index("notification_id_key", "notification", ["id", "event_id"], unique=True)


def downgrade() -> None:
    concurrent_indexes.drop_index("notification_id_key", "notification")
