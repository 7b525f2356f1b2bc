"""Tables of the factors of staff: passkeys, recovery codes, and what has begun to be set up. The authenticator in use is in
`account`."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column
from uuid_utils.compat import uuid7

from gateway.database import Base


class Passkey(Base):
    """A credential of WebAuthn. `domain` is the RP ID for which it was made. `public_key` is in COSE. `sign_count` is what the
    authenticator counted at the last use; passkeys that are synchronised always say 0."""

    __tablename__ = "passkey"
    __table_args__ = (
        Index("passkey_credential_key", "credential_id", unique=True),
        Index("passkey_account", "account_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    community_id: Mapped[str]
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    domain: Mapped[str]
    credential_id: Mapped[bytes]
    public_key: Mapped[bytes]
    sign_count: Mapped[int] = mapped_column(BigInteger)
    name: Mapped[str]
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]


class RecoveryCode(Base):
    """A code that replaces a lost factor, once. Only its hash is stored. `hashed_with` says how it was made, with the salt
    (gateway.factors.recovery_codes). None: a keyed hash of an earlier release."""

    __tablename__ = "recovery_code"
    __table_args__ = (Index("recovery_code_key", "account_id", "code_hash", unique=True),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    community_id: Mapped[str]
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    code_hash: Mapped[bytes]
    hashed_with: Mapped[str | None]
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Ceremony(Base):
    """A registration (of `account_id`, in the session `session_id`) or an assertion (of anybody) that has begun. The first
    request with the token ends it: the row is deleted then, so a challenge is used once at most."""

    __tablename__ = "ceremony"
    __table_args__ = (
        Index("ceremony_token_key", "token_hash", unique=True),
        Index("ceremony_expires", "expires_at"),
        CheckConstraint("(account_id IS NULL) = (session_id IS NULL)", name="ceremony_whose"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    token_hash: Mapped[bytes]
    challenge: Mapped[bytes]
    domain: Mapped[str]
    origin: Mapped[str]
    account_id: Mapped[UUID | None] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    session_id: Mapped[UUID | None]
    expires_at: Mapped[datetime]


class TotpEnrolment(Base):
    """An authenticator that is being set up in the session `session_id`. `secret` is encrypted. It becomes that of the account
    when one of its codes is confirmed, until `expires_at`."""

    __tablename__ = "totp_enrolment"
    __table_args__ = (Index("totp_enrolment_expires", "expires_at"),)

    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    secret: Mapped[bytes]
    session_id: Mapped[UUID]
    expires_at: Mapped[datetime]
