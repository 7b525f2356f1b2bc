"""Codes that were mailed to an e-mail address to verify it."""

import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column
from uuid_utils.compat import uuid7

from services.notify.base import Base

LIFE: Final = timedelta(minutes=15)
TRIES: Final = 5


class AddressCode(Base):
    """A code verifies only the contact point to which it was mailed, and is deleted with it. A contact point may have
    several valid codes: mail can be slow, and the older code may arrive first. `code_hash` is a keyed hash."""

    __tablename__ = "address_code"
    __table_args__ = (Index("address_code_contact_point", "contact_point_id"), Index("address_code_expires", "expires_at"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    contact_point_id: Mapped[UUID] = mapped_column(ForeignKey("contact_point.id", ondelete="CASCADE"))
    code_hash: Mapped[str]
    tries_left: Mapped[int]
    expires_at: Mapped[datetime]

    def accepts(self, code_hashes: Sequence[str]) -> bool:
        """Whether one of `code_hashes`, the hashes of a code with all keys, is the hash of this code. A wrong code uses up a
        try."""
        if any(hmac.compare_digest(self.code_hash, code_hash) for code_hash in code_hashes):
            return True
        self.tries_left -= 1
        return False
