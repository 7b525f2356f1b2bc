"""Partition the notifications by the time in the ids of their events (see chassis.database.partitions), in periods of four
weeks. One-time codes have no event; they are in the default partition."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from chassis.database import partitioning

revision = "notify_0006"
down_revision = "notify_0005"


def upgrade() -> None:
    partitioning.set_aside("notification")
    op.execute("CREATE SEQUENCE notification_seq")
    op.create_table(
        "notification",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("community_id", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("seq", sa.BigInteger, server_default=sa.text("nextval('notification_seq')"), nullable=False),
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
        postgresql_partition_by="RANGE (event_id)",
    )
    _indexes()
    partitioning.continue_identity("notification", "seq")
    partitioning.attach("notification", weeks=4)
    keep = "BEFORE DELETE ON notification FOR EACH ROW EXECUTE FUNCTION keep_rows_of_periods('notification_default')"
    op.execute(f"CREATE TRIGGER notification_keep {keep}")


def _indexes() -> None:
    partial: dict[str, tuple[list[Any], str]] = {
        "notification_inbox": (["account_id", "seq"], "channel = 'in_app'"),
        "notification_unread": (["account_id", "seq"], "channel = 'in_app' AND read_at IS NULL"),
        "notification_due": (["channel", sa.text("urgent DESC"), "next_attempt_at", "seq"], "state = 'queued'"),
        "notification_leased": (["lease_until"], "state = 'sending'"),
        "notification_before": (["account_id", "subject_id", "channel", "seq"], "state IN ('queued', 'sending')"),
        "notification_contact_point": (["contact_point_id"], "contact_point_id IS NOT NULL"),
        "notification_created": (["created_at"], "account_id IS NOT NULL"),
        "notification_codes": (["created_at"], "account_id IS NULL"),
    }
    for name, (columns, where) in partial.items():
        op.create_index(name, "notification", columns, postgresql_where=sa.text(where))
    op.create_index("notification_id_key", "notification", ["id", "event_id"], unique=True)


def downgrade() -> None:
    op.execute("DROP TRIGGER notification_keep ON notification")
    partitioning.undo("notification")
