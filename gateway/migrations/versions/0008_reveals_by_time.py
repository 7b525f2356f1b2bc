"""Partition the log of reveals by the time in the ids (see chassis.database.partitions), in periods of four weeks."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from chassis.database import partitioning

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    partitioning.set_aside("reveal")
    op.create_table(
        "reveal",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("community_id", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("subjects", JSONB, nullable=False),
        sa.Column("fields", JSONB, nullable=False),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("correlation_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        postgresql_partition_by="RANGE (id)",
    )
    op.create_index("reveal_at", "reveal", ["community_id", "at"])
    op.create_index("reveal_age", "reveal", ["at"])
    partitioning.attach("reveal", weeks=4)


def downgrade() -> None:
    partitioning.undo("reveal")
