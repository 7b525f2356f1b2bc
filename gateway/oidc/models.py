"""The table of linked identities."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column
from uuid_utils.compat import uuid7

from gateway.database import Base


class LinkedIdentity(Base):
    """The person whom the provider `issuer` calls `subject` is the member of staff `account_id`. A subject belongs to one
    account, and an account has one subject at a provider. `linked_by` is the admin; None: the provider's user name was that of
    the account."""

    __tablename__ = "linked_identity"
    __table_args__ = (
        Index("linked_identity_key", "issuer", "subject", unique=True),
        Index("linked_identity_account_key", "account_id", "issuer", unique=True),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    community_id: Mapped[str]
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    issuer: Mapped[str]
    subject: Mapped[str]
    linked_by: Mapped[UUID | None]
    linked_at: Mapped[datetime]
