"""The table of all phones of residents."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column
from uuid_utils.compat import uuid7

from gateway.database import Base

USES = SIGN_IN, CONTACT = ("sign_in", "contact")


class ResidentPhone(Base):
    """A phone of a resident, encrypted with the key `key_id`; `phone_index` is a keyed hash of it.

    With a `sign_in` phone its owner signs in, so it belongs to one account of the district. A `contact` phone is somebody
    else's: several residents may have it, and nobody signs in with it. One of each use is the `main` one: text messages go to
    the main sign-in phone, or to the main contact phone if there is no other. A trigger makes the main ones from
    `account.phone` and `account.contact_phone`, so code changes those.

    `usable_from`: nobody signs in with it before that time; None: at once. `added_by`: the member of staff who added it at the
    counter.
    """

    __tablename__ = "resident_phone"
    __table_args__ = (
        CheckConstraint("use IN ('sign_in', 'contact')", name="resident_phone_use"),
        CheckConstraint("use = 'sign_in' OR usable_from IS NULL", name="resident_phone_usable"),
        Index("resident_phone_sign_in_key", "phone_index", unique=True, postgresql_where=text("use = 'sign_in'")),
        Index("resident_phone_main_key", "account_id", "use", unique=True, postgresql_where=text("main")),
        Index("resident_phone_once", "account_id", "use", "phone_index", unique=True),
        Index("resident_phone_number", "phone_index"),
        Index("resident_phone_keys", "key_id", postgresql_where=text("NOT main")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    use: Mapped[str]
    main: Mapped[bool]
    phone: Mapped[bytes]
    phone_index: Mapped[bytes]
    key_id: Mapped[str]
    usable_from: Mapped[datetime | None]
    added_by: Mapped[UUID | None]
    added_at: Mapped[datetime]

    def is_usable(self, now: datetime) -> bool:
        """Whether its owner may sign in with it at `now`, and choose it as the main one."""
        return self.usable_from is None or self.usable_from <= now
