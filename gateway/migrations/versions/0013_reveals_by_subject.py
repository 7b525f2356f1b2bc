"""People see who looked at their data: an index of reveals by the accounts that were looked at."""

import sqlalchemy as sa
from alembic import op

from chassis.database import concurrent_indexes

revision = "0013"
down_revision = "0012"

_PARTITIONS = sa.text("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'reveal'::regclass ORDER BY 1")


def upgrade() -> None:
    """Each partition gets its index beside writers. Then the index of the whole table takes them over and builds nothing."""
    for partition in op.get_bind().scalars(_PARTITIONS).all():
        concurrent_indexes.create_index(f"{partition}_subjects", partition, ["subjects"], postgresql_using="gin")
    op.execute("CREATE INDEX IF NOT EXISTS reveal_subjects ON reveal USING gin (subjects)")


def downgrade() -> None:
    op.drop_index("reveal_subjects", "reveal")
