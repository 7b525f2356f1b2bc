"""The district feed, partitioned by the time of the messages (see chassis.database.partitions). The gateway sends its own."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from chassis.database.tables import Xid8

revision = "notify_0004"
down_revision = "notify_0003"

WEEK = timedelta(days=7)


def upgrade() -> None:
    op.execute("CREATE SEQUENCE feed_seq")
    op.create_table(
        "feed",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("xid", Xid8, server_default=sa.text("pg_current_xact_id()"), nullable=False),
        sa.Column("seq", sa.BigInteger(), server_default=sa.text("nextval('feed_seq')"), nullable=False),
        sa.Column("community_id", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("data", JSONB, nullable=False),
        sa.PrimaryKeyConstraint("event_id"),
        postgresql_partition_by="RANGE (event_id)",
    )
    op.create_index("feed_position", "feed", ["epoch", "xid", "seq"])
    op.create_index("feed_received", "feed", ["received_at"])
    op.execute("CREATE TABLE feed_default PARTITION OF feed DEFAULT")
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    monday = today - timedelta(days=today.weekday())
    for number in range(-2, 5):  # also for what the gateway has kept; what is older goes into the default partition
        week = monday + number * WEEK
        first, end = (UUID(int=int(moment.timestamp() * 1000) << 80) for moment in (week, week + WEEK))
        op.execute(f"CREATE TABLE feed_{week:%Y%m%d} PARTITION OF feed FOR VALUES FROM ('{first}') TO ('{end}')")
    # A merge of the partitions' indexes, so that no more rows are read than given. Of the conditions, PostgreSQL estimates that
    # they find a row or two; it would read all rows after a place and sort them.
    op.execute(
        """
        CREATE FUNCTION feed_after(of_epoch integer, after_xid xid8, after_seq bigint, to_xid xid8, to_seq bigint,
                                   types text[], most integer) RETURNS SETOF feed
        LANGUAGE sql STABLE SET enable_sort = off AS
        $$
        SELECT * FROM feed
        WHERE epoch = $1 AND (xid, seq) > ($2, $3) AND (xid, seq) <= ($4, $5) AND ($6 IS NULL OR type LIKE ANY ($6))
        ORDER BY xid, seq LIMIT $7
        $$
        """
    )
    op.create_table(
        "feed_pruned",
        sa.Column("one", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("xid", Xid8, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("one"),
    )
    op.create_table(
        "feed_taken_over",
        sa.Column("one", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("xid", Xid8, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("one"),
    )


def downgrade() -> None:
    """Deletes the feed. The gateway of the previous release goes on with its own, which lacks what came since."""
    op.drop_table("feed_taken_over")
    op.drop_table("feed_pruned")
    op.execute("DROP FUNCTION feed_after")
    op.drop_table("feed")
    op.execute("DROP SEQUENCE feed_seq")
