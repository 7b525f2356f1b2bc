"""Tables of households, invitations to them, and guardianships."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column
from uuid_utils.compat import uuid7

from chassis.database.engine import Aggregate
from gateway.database import Base

INVITATION_VALID = timedelta(days=7)


class Household(Aggregate, Base):
    """People who live together. Their accounts name it (`Account.household_id`). `address` is a note, encrypted with the key
    `key_id`. A household without members is deleted."""

    __tablename__ = "household"

    address: Mapped[bytes | None]
    key_id: Mapped[str]
    made_by: Mapped[UUID]
    created_at: Mapped[datetime]


class HouseholdInvitation(Base):
    """A member invites somebody: the owner of a phone (`phone_index`), or anybody who has a code (`code_index`). It can be
    accepted once, until it expires."""

    __tablename__ = "household_invitation"
    __table_args__ = (
        Index("household_invitation_code_key", "code_index", unique=True, postgresql_where=text("code_index IS NOT NULL")),
        Index("household_invitation_phone", "phone_index", postgresql_where=text("phone_index IS NOT NULL")),
        Index("household_invitation_of_household", "household_id", "created_at"),
        Index("household_invitation_expires", "expires_at"),
        CheckConstraint("(phone_index IS NULL) <> (code_index IS NULL)", name="household_invitation_way"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    community_id: Mapped[str]
    household_id: Mapped[UUID] = mapped_column(ForeignKey("household.id", ondelete="CASCADE"))
    phone_index: Mapped[bytes | None]
    code_index: Mapped[bytes | None]
    invited_by: Mapped[UUID]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Guardianship(Base):
    """`guardian_id` acts for the child `child_id`. It holds while the child counts as one (gateway.accounts.ages); nothing
    needs to end it. `made_by` is the guardian or a member of staff."""

    __tablename__ = "guardianship"
    __table_args__ = (
        Index("guardianship_of_child", "child_id"),
        CheckConstraint("guardian_id <> child_id", name="guardianship_of_another"),
    )

    guardian_id: Mapped[UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    child_id: Mapped[UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    community_id: Mapped[str]
    made_by: Mapped[UUID]
    created_at: Mapped[datetime]
