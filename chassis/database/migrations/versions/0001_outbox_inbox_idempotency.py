"""Outbox, inbox, idempotency keys and relay state."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from chassis.database.tables import Xid8

revision = "chassis_0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "outbox",
        sa.Column("seq", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("event_id", sa.Uuid, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("aggregate_id", sa.Uuid, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("community_id", sa.Text, nullable=False),
        sa.Column("partition", sa.SmallInteger, nullable=False),
        sa.Column("xid", Xid8, nullable=False, server_default=sa.text("pg_current_xact_id()")),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("headers", JSONB, nullable=False),
        sa.Column("data", JSONB, nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True)),
        sa.UniqueConstraint("event_id", name="outbox_event_id_key"),
        sa.UniqueConstraint("aggregate_id", "version", name="outbox_aggregate_version_key"),
    )
    op.create_index("outbox_pending", "outbox", ["partition", "seq"], postgresql_where=sa.text("published_at IS NULL"))
    op.create_index("outbox_published", "outbox", ["published_at"], postgresql_where=sa.text("published_at IS NOT NULL"))

    op.create_table(
        "inbox",
        sa.Column("consumer", sa.Text, primary_key=True),
        sa.Column("event_id", sa.Uuid, primary_key=True),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("subject", sa.Text),
        sa.Column("sequence", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("reason", sa.Text),
        sa.Column("headers", JSONB),
        sa.Column("payload", sa.LargeBinary),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True)),
    )
    op.create_index("inbox_due", "inbox", ["next_attempt_at"], postgresql_where=sa.text("state IN ('retrying', 'held')"))
    op.create_index(
        "inbox_unsettled",
        "inbox",
        ["consumer", "subject", "sequence"],
        postgresql_where=sa.text("state IN ('retrying', 'held', 'parked')"),
    )
    op.create_index("inbox_received", "inbox", ["received_at"])

    op.create_table(
        "idempotency",
        sa.Column("scope", sa.Text, primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("request_hash", sa.Text, nullable=False),
        sa.Column("answer", JSONB, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    )
    op.create_index("idempotency_created", "idempotency", ["created_at"])

    op.create_table(
        "relay_state",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )


def downgrade() -> None:
    for table in ("relay_state", "idempotency", "inbox", "outbox"):
        op.drop_table(table)
