"""The table of secret addresses of calendars."""

import hashlib
import secrets
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import ForeignKey, text
from sqlalchemy.orm import Mapped, mapped_column

from gateway.database import Base

TOKEN_PREFIX: Final = "lk_"  # noqa: S105  the prefix of our tokens, not a token


class CalendarAddress(Base):
    """The address from which calendar programs read the bookings and registrations of one account, without signing in. An
    account has at most one. Only its hash is stored; the row goes with the account."""

    __tablename__ = "calendar_address"

    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    made_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    # Whether it shows the children of its owner. Addresses from before this choice do not: they may have been shared since.
    of_children: Mapped[bool] = mapped_column(default=False, server_default=text("false"))

    @staticmethod
    def new_token() -> str:
        return TOKEN_PREFIX + secrets.token_urlsafe(32)

    @staticmethod
    def hash_of(token: str) -> bytes:
        """A plain hash is enough, because tokens are long and random."""
        return hashlib.sha256(token.encode()).digest()
