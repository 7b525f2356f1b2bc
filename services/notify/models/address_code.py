"""A one-time code that was mailed to an address, to prove that what is sent there is read by whoever gave it."""

import hmac
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column
from uuid_utils.compat import uuid7

from services.notify.models.base import Base

LIFE: Final = timedelta(minutes=15)
TRIES: Final = 5


class AddressCode(Base):
    """Kept as a keyed hash, and gone with its contact point: a code proves the address that it was mailed to, and no
    other. Several may be valid, for mail is slow and the older one may be what arrives."""

    __tablename__ = "address_code"
    __table_args__ = (Index("address_code_contact_point", "contact_point_id"), Index("address_code_expires", "expires_at"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    contact_point_id: Mapped[UUID] = mapped_column(ForeignKey("contact_point.id", ondelete="CASCADE"))
    code_hash: Mapped[str]
    tries_left: Mapped[int]
    expires_at: Mapped[datetime]

    def accepts(self, code_hash: str) -> bool:
        """Whether it is this one; a wrong guess costs a try."""
        if hmac.compare_digest(self.code_hash, code_hash):
            return True
        self.tries_left -= 1
        return False
