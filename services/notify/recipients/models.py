"""Recipients, and their contact points outside the platform."""

from datetime import datetime
from typing import Self
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from chassis.database import crypto
from chassis.database.checks import one_of
from chassis.database.engine import Aggregate
from chassis.rpc.identity import Identity
from services.notify.base import Base
from services.notify.interface.addresses import ADDRESS_CHANNELS, masked, shown
from services.notify.interface.contact_points import DEFAULT_LANGUAGE, LANGUAGES


class Recipient(Base):
    """An account, as notify knows it. Every transaction that changes the account's inbox or contact points locks this row
    first. So `unread` is right without counting rows, and notifications are added to the inbox in the order of commits."""

    __tablename__ = "recipient"
    __table_args__ = (
        CheckConstraint("unread >= 0", name="recipient_unread"),
        one_of("language", LANGUAGES, "recipient_language"),
    )

    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    community_id: Mapped[str]
    language: Mapped[str] = mapped_column(default=DEFAULT_LANGUAGE, server_default=DEFAULT_LANGUAGE)
    unread: Mapped[int] = mapped_column(default=0, server_default="0")


class ContactPoint(Aggregate, Base):
    """An account has at most one verified and at most one unverified address per channel.

    An address is verified for one account at a time; the latest proof wins. When a phone number changes hands, its
    previous owner's notifications are no longer sent to it.

    `sealed_address` is encrypted. It is encrypted again every month (`sealed_at`), so a retired key is needed for a month
    only. `address_index` is a keyed hash of the address, to find it by."""

    __tablename__ = "contact_point"
    __table_args__ = (
        UniqueConstraint("account_id", "channel", "verified", name="contact_point_account_key"),
        one_of("channel", ADDRESS_CHANNELS, "contact_point_channel"),
        Index("contact_point_address_key", "channel", "address_index", unique=True, postgresql_where=text("verified")),
        Index("contact_point_sealed_at", "sealed_at"),
    )

    account_id: Mapped[UUID]
    channel: Mapped[str]
    sealed_address: Mapped[bytes] = mapped_column("address")
    address_index: Mapped[str]
    sealed_at: Mapped[datetime]
    verified: Mapped[bool]
    created_at: Mapped[datetime]
    verified_at: Mapped[datetime | None]

    @classmethod
    def unverified(cls, recipient: Recipient, channel: str, address: str, now: datetime) -> Self:
        """A new contact point of `recipient`. `address` is normalised."""
        return cls(
            community_id=recipient.community_id,
            account_id=recipient.account_id,
            channel=channel,
            sealed_address=crypto.encrypt(address.encode()),
            address_index=crypto.fingerprint(address),
            sealed_at=now,
            verified=False,
            created_at=now,
        )

    def verify(self, now: datetime) -> None:
        """Mark the address as verified. A second call changes nothing."""
        if not self.verified:
            self.verified, self.verified_at = True, now
            self.changed()

    def address(self, acting: Identity, now: datetime) -> str:
        """The address for an answer: whole for its owner, masked for anybody else."""
        show = shown if acting.account_id == str(self.account_id) else masked
        return show(self.channel, self.plain_address())

    def plain_address(self) -> str:
        """The normalised address. Raises cryptography.fernet.InvalidToken if no configured key can decrypt it."""
        return crypto.decrypt(self.sealed_address).decode()

    def seal_again(self, now: datetime) -> None:
        """Encrypt the address with the newest key. This is not a change of the aggregate: the version stays."""
        self.sealed_address, self.sealed_at = crypto.rotate(self.sealed_address), now
