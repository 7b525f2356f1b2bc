"""Notifications, in the inbox and on their way out."""

from datetime import datetime
from typing import Any, Self
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Sequence, UniqueConstraint, text
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from chassis.database.checks import one_of
from chassis.database.engine import Aggregate
from chassis.database.partitions import Partitions
from services.notify.base import Base
from services.notify.interface.notifications import CHANNELS, IN_APP
from services.notify.notifications.delivery_status import DeliveryStatus

_ON_ITS_WAY = text("state IN ('queued', 'sending')")
_UNREAD = text("channel = 'in_app' AND read_at IS NULL")
NOTIFICATION_SEQ = Sequence("notification_seq", metadata=Base.metadata, data_type=BigInteger)
PARTITIONS = Partitions(
    "notification",
    "event_id",
    stays=(
        "state IN ('queued', 'sending')",
        "account_id IS NOT NULL AND created_at > :before",
        "account_id IS NULL AND created_at > :before",
    ),
    weeks=4,
)


class Notification(Aggregate, DeliveryStatus, Base):
    """What one account is told about one event through one channel, with one template. A one-time code is a notification
    without account and event.

    `title` and `body` are stored for the in-app inbox only. The text of an e-mail or SMS is in `sealed` until it is sent.

    The table is partitioned by the time in `event_id`, in periods of four weeks. So `notification_once` is unique in the whole
    table. One-time codes have no event; they are in the default partition. `id` is no primary key, because that would have to
    contain `event_id`.

    `seq` is drawn while the recipient's row is locked (recipients.storage.lock_recipient). So within one account the order
    of `seq` is the order of commits, and a reader that continues after the last `seq` it saw misses nothing."""

    __tablename__ = "notification"

    id: Mapped[UUID] = mapped_column()
    seq: Mapped[int] = mapped_column(BigInteger, server_default=NOTIFICATION_SEQ.next_value())
    event_id: Mapped[UUID | None]
    account_id: Mapped[UUID | None]
    channel: Mapped[str]
    template: Mapped[str]
    language: Mapped[str]
    subject_type: Mapped[str | None]
    subject_id: Mapped[UUID | None]
    title: Mapped[str] = mapped_column(default="", server_default="")
    body: Mapped[str] = mapped_column(default="", server_default="")
    contact_point_id: Mapped[UUID | None] = mapped_column(ForeignKey("contact_point.id", ondelete="SET NULL"))
    created_at: Mapped[datetime]
    read_at: Mapped[datetime | None]

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:
        return {"primary_key": ["id"], "version_id_col": cls.version, "version_id_generator": False}

    @declared_attr.directive
    def __table_args__(cls) -> tuple[Any, ...]:
        return (
            UniqueConstraint("community_id", "event_id", "account_id", "channel", "template", name="notification_once"),
            Index("notification_id_key", "id", "event_id", unique=True),
            one_of("channel", CHANNELS, "notification_channel"),
            CheckConstraint(
                "state IN ('queued', 'sending', 'delivered', 'failed', 'unknown', 'cancelled')", name="notification_state"
            ),
            CheckConstraint("(state = 'sending') = (lease_until IS NOT NULL)", name="notification_lease"),
            CheckConstraint("(state = 'queued') = (next_attempt_at IS NOT NULL)", name="notification_queue"),
            CheckConstraint("state IN ('queued', 'sending') OR sealed IS NULL", name="notification_blanked"),
            Index("notification_inbox", "account_id", "seq", postgresql_where=text("channel = 'in_app'")),
            Index("notification_unread", "account_id", "seq", postgresql_where=_UNREAD),
            Index(
                "notification_due", "channel", text("urgent DESC"), "next_attempt_at", "seq",
                postgresql_where=text("state = 'queued'"),
            ),
            Index("notification_leased", "lease_until", postgresql_where=text("state = 'sending'")),
            Index("notification_before", "account_id", "subject_id", "channel", "seq", postgresql_where=_ON_ITS_WAY),
            Index("notification_contact_point", "contact_point_id", postgresql_where=text("contact_point_id IS NOT NULL")),
            Index("notification_created", "created_at", postgresql_where=text("account_id IS NOT NULL")),
            Index("notification_codes", "created_at", postgresql_where=text("account_id IS NULL")),
            {"postgresql_partition_by": "RANGE (event_id)"},
        )  # fmt: skip

    @classmethod
    def in_inbox(cls, now: datetime, **what: Any) -> Self:
        """An in-app notification. It is delivered when the transaction commits."""
        return cls(channel=IN_APP, state="delivered", attempts=0, urgent=False, created_at=now, settled_at=now, **what)

    @classmethod
    def to_send(cls, now: datetime, *, urgent: bool = False, **what: Any) -> Self:
        """An e-mail or SMS, queued and due at once. Urgent ones are sent before the others of their channel."""
        return cls(state="queued", attempts=0, urgent=urgent, created_at=now, next_attempt_at=now, **what)

    def read(self, now: datetime) -> bool:
        """Mark it as read. Returns False if it was read before."""
        if self.read_at is not None:
            return False
        self.read_at = now
        self.changed()
        return True
