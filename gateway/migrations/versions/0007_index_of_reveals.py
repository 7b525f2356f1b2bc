"""An index for the deletion of old reveals."""

from chassis.database import concurrent_indexes

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    concurrent_indexes.create_index("reveal_age", "reveal", ["at"])


def downgrade() -> None:
    concurrent_indexes.drop_index("reveal_age", "reveal")
