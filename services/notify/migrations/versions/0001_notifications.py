"""Recipients, contact points, notifications, code allowances and the demo's SMS sink."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "notify_0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "recipient",
        sa.Column("account_id", sa.Uuid, primary_key=True),
        sa.Column("community_id", sa.Text, nullable=False),
        sa.Column("language", sa.Text, nullable=False, server_default="zh-CN"),
        sa.Column("unread", sa.Integer, nullable=False, server_default="0"),
        sa.CheckConstraint("unread >= 0", name="recipient_unread"),
        sa.CheckConstraint("language IN ('zh-CN', 'en')", name="recipient_language"),
    )
    _contact_point()
    _notification()
    op.create_table(
        "code_allowance",
        sa.Column("phone_index", sa.Text, primary_key=True),
        sa.Column("requested_at", postgresql.ARRAY(sa.DateTime(timezone=True)), nullable=False),
        sa.Column("last_requested_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_code_allowance_last_requested_at", "code_allowance", ["last_requested_at"])
    op.create_table(
        "sink_message",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("phone", sa.LargeBinary, nullable=False),
        sa.Column("phone_index", sa.Text, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_sink_message_phone_index", "sink_message", ["phone_index"])
    op.create_index("ix_sink_message_sent_at", "sink_message", ["sent_at"])


def _contact_point() -> None:
    op.create_table(
        "contact_point",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("community_id", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("account_id", sa.Uuid, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("address", sa.LargeBinary, nullable=False),
        sa.Column("address_index", sa.Text, nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("verified", sa.Boolean, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("verified_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("channel IN ('sms', 'email')", name="contact_point_channel"),
        sa.UniqueConstraint("account_id", "channel", "verified", name="contact_point_account_key"),
    )
    op.create_index(
        "contact_point_address_key",
        "contact_point",
        ["channel", "address_index"],
        unique=True,
        postgresql_where=sa.text("verified"),
    )
    op.create_index("contact_point_sealed_at", "contact_point", ["sealed_at"])


def _notification() -> None:
    op.create_table(
        "notification",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("community_id", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("seq", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("event_id", sa.Uuid),
        sa.Column("account_id", sa.Uuid),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("template", sa.Text, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("subject_type", sa.Text),
        sa.Column("subject_id", sa.Uuid),
        sa.Column("title", sa.Text, nullable=False, server_default=""),
        sa.Column("body", sa.Text, nullable=False, server_default=""),
        sa.Column("contact_point_id", sa.Uuid, sa.ForeignKey("contact_point.id", ondelete="SET NULL")),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True)),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True)),
        sa.Column("lease_until", sa.DateTime(timezone=True)),
        sa.Column("expires_at", sa.DateTime(timezone=True)),
        sa.Column("urgent", sa.Boolean, nullable=False, server_default="false"),
        sa.Column("sealed", sa.LargeBinary),
        sa.Column("reason", sa.Text),
        sa.Column("detail", sa.Text),
        sa.Column("provider_reference", sa.Text),
        sa.Column("settled_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("channel IN ('in_app', 'email', 'sms')", name="notification_channel"),
        sa.CheckConstraint(
            "state IN ('queued', 'sending', 'delivered', 'failed', 'unknown', 'cancelled')", name="notification_state"
        ),
        sa.CheckConstraint("(state = 'sending') = (lease_until IS NOT NULL)", name="notification_lease"),
        sa.CheckConstraint("(state = 'queued') = (next_attempt_at IS NOT NULL)", name="notification_queue"),
        sa.CheckConstraint("state IN ('queued', 'sending') OR sealed IS NULL", name="notification_blanked"),
        sa.UniqueConstraint("community_id", "event_id", "account_id", "channel", "template", name="notification_once"),
        sa.UniqueConstraint("seq", name="notification_seq_key"),
    )
    _notification_indexes()


def _notification_indexes() -> None:
    partial: dict[str, tuple[list[Any], str]] = {
        "notification_inbox": (["account_id", "seq"], "channel = 'in_app'"),
        "notification_unread": (["account_id", "seq"], "channel = 'in_app' AND read_at IS NULL"),
        "notification_due": (["channel", sa.text("urgent DESC"), "next_attempt_at", "seq"], "state = 'queued'"),
        "notification_leased": (["lease_until"], "state = 'sending'"),
        "notification_before": (["account_id", "subject_id", "channel", "seq"], "state IN ('queued', 'sending')"),
        "notification_contact_point": (["contact_point_id"], "contact_point_id IS NOT NULL"),
        "notification_codes": (["created_at"], "account_id IS NULL"),
    }
    for name, (columns, where) in partial.items():
        op.create_index(name, "notification", columns, postgresql_where=sa.text(where))


def downgrade() -> None:
    for table in ("sink_message", "code_allowance", "notification", "contact_point", "recipient"):
        op.drop_table(table)
