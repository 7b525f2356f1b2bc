"""Recipients, and their contact points outside the platform."""

from datetime import datetime
from typing import Self
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from chassis.database import crypto
from chassis.database.checks import one_of
from chassis.database.engine import Aggregate
from chassis.rpc.identity import Identity
from services.notify.base import Base
from services.notify.interface.addresses import ADDRESS_CHANNELS, masked, shown
from services.notify.interface.contact_points import DEFAULT_LANGUAGE, LANGUAGES
from services.notify.interface.reminders import IN_APP_AND_EMAIL, WAYS
from services.notify.interface.staff_messages import STAFF_MESSAGES


class Recipient(Base):
    """An account, as notify knows it. Every transaction that changes the account's inbox or contact points locks this row
    first. So `unread` is right without counting rows, and notifications are added to the inbox in the order of commits."""

    __tablename__ = "recipient"
    __table_args__ = (
        CheckConstraint("unread >= 0", name="recipient_unread"),
        one_of("language", LANGUAGES, "recipient_language"),
        one_of("reminders", WAYS, "recipient_reminders"),
        CheckConstraint(
            f"muted <@ ARRAY[{', '.join(repr(one) for one in STAFF_MESSAGES)}]::text[]",  # words of the code
            name="recipient_muted",
        ),
    )

    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    community_id: Mapped[str]
    language: Mapped[str] = mapped_column(default=DEFAULT_LANGUAGE, server_default=DEFAULT_LANGUAGE)
    unread: Mapped[int] = mapped_column(default=0, server_default="0")
    # How the person wants to be reminded of bookings and sessions: one of WAYS.
    reminders: Mapped[str] = mapped_column(default=IN_APP_AND_EMAIL, server_default=IN_APP_AND_EMAIL)
    # What a member of staff does not want to hear of spaces (STAFF_MESSAGES).
    muted: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list, server_default=text("'{}'"))


class Substitution(Base):
    """A copy of the gateway's: from `starts_at` until `ends_at`, `substitute_id` does the work of `account_id`. `version` is
    the gateway's."""

    __tablename__ = "substitution"
    __table_args__ = (
        Index("substitution_of_account", "account_id", "ends_at"),
        Index("substitution_ends", "ends_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    community_id: Mapped[str]
    account_id: Mapped[UUID]
    substitute_id: Mapped[UUID]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    version: Mapped[int]


class ContactPoint(Aggregate, Base):
    """An account has at most one verified and at most one unverified address per channel.

    An address is verified for one account at a time; the latest proof wins. When a phone number changes hands, its
    previous owner's notifications are no longer sent to it.

    `sealed_address` is encrypted. `address_index` is a keyed hash of the address, to find it by. Both are made again every
    month, and when there are new keys (`sealed_at`)."""

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
    # The phone of somebody else, whom the gateway named. SMS go there if the account has no verified phone. It belongs to
    # another person, so several accounts may have it. `sealed_name` says to its owner whom an SMS concerns.
    through: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    sealed_name: Mapped[bytes | None] = mapped_column("name")

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

    def name(self) -> str:
        """Whom an SMS concerns. Empty if it has no name. Raises cryptography.fernet.InvalidToken."""
        return crypto.decrypt(self.sealed_name).decode() if self.sealed_name else ""

    def renew(self, now: datetime) -> None:
        """Encrypt and index the address with the newest keys. This is not a change of the aggregate: the version stays."""
        self.address_index = crypto.fingerprint(self.plain_address())
        self.sealed_address, self.sealed_at = crypto.rotate(self.sealed_address), now
        self.sealed_name = crypto.rotate(self.sealed_name) if self.sealed_name else None
