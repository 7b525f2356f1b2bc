"""Where a person can be reached outside the platform."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped

from chassis.database.engine import Aggregate
from services.notify.models.base import Base


class ContactPoint(Aggregate, Base):
    """An account has at most one proven address per channel, and at most one that still waits for its proof. An
    address is proven by one account at a time: the latest proof wins, so nobody is told another person's things after
    a number has changed hands.

    `address` is encrypted, again every month (`sealed_at`), so that a retired key is needed no longer than that;
    `address_index` is its keyed hash, by which it is found."""

    __tablename__ = "contact_point"
    __table_args__ = (
        UniqueConstraint("account_id", "channel", "verified", name="contact_point_account_key"),
        CheckConstraint("channel IN ('sms', 'email')", name="contact_point_channel"),
        Index("contact_point_address_key", "channel", "address_index", unique=True, postgresql_where=text("verified")),
        Index("contact_point_sealed_at", "sealed_at"),
    )

    account_id: Mapped[UUID]
    channel: Mapped[str]
    address: Mapped[bytes]
    address_index: Mapped[str]
    sealed_at: Mapped[datetime]
    verified: Mapped[bool]
    created_at: Mapped[datetime]
    verified_at: Mapped[datetime | None]

    def verify(self, now: datetime) -> None:
        """The owner has shown that messages to this address arrive. Doing so again changes nothing."""
        if not self.verified:
            self.verified, self.verified_at = True, now
            self.changed()
