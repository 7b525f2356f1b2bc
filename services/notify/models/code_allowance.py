"""How many one-time codes a phone or an e-mail address may be sent, and an account may have sent to addresses."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import DateTime
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from services.notify.models.base import Base

# So many codes within so long: sliding windows, all of which must have room.
CAPS: Final[tuple[tuple[int, timedelta], ...]] = (
    (1, timedelta(minutes=1)),
    (5, timedelta(hours=1)),
    (10, timedelta(days=1)),
)
LONGEST_WINDOW: Final = max(window for _, window in CAPS)


class CodeAllowance(Base):
    """The recent requests of one phone (or address, or account), which is known by its keyed hash only. Not of a
    community: a phone has one allowance in the whole district. Rows are removed a day after the last request."""

    __tablename__ = "code_allowance"

    phone_index: Mapped[str] = mapped_column(primary_key=True)
    requested_at: Mapped[list[datetime]] = mapped_column(ARRAY(DateTime(timezone=True)))
    last_requested_at: Mapped[datetime] = mapped_column(index=True)

    def wait(self, now: datetime) -> timedelta:
        """How long until another code may be sent; zero if now."""
        return max(_wait(self.requested_at, now, most, window) for most, window in CAPS)

    def count(self, now: datetime) -> None:
        """One more was asked for; what no window looks back to any more is forgotten."""
        recent = [at for at in self.requested_at if at > now - LONGEST_WINDOW]
        self.requested_at = [*recent, now]
        self.last_requested_at = now


def _wait(requested_at: Sequence[datetime], now: datetime, most: int, window: timedelta) -> timedelta:
    within = sorted(at for at in requested_at if at > now - window)
    if len(within) < most:
        return timedelta()
    return within[-most] + window - now
