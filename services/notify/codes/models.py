"""How many one-time codes may be sent."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import DateTime
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from services.notify.base import Base

# At most so many codes within so much time. All of these sliding windows hold.
CAPS: Final[tuple[tuple[int, timedelta], ...]] = (
    (1, timedelta(minutes=1)),
    (5, timedelta(hours=1)),
    (10, timedelta(days=1)),
)
LONGEST_WINDOW: Final = max(window for _, window in CAPS)


class CodeAllowance(Base):
    """The recent requests for codes to one phone, to one e-mail address, or by one account for e-mail addresses.
    `phone_index` is a keyed hash of it. The row belongs to no community: a phone has one allowance in the whole district.
    It is deleted a day after the last request."""

    __tablename__ = "code_allowance"

    phone_index: Mapped[str] = mapped_column(primary_key=True)
    requested_at: Mapped[list[datetime]] = mapped_column(ARRAY(DateTime(timezone=True)))
    last_requested_at: Mapped[datetime] = mapped_column(index=True)

    def wait(self, now: datetime) -> timedelta:
        """How long until the next code may be sent; zero if it may be sent now."""
        return max(_wait(self.requested_at, now, most, window) for most, window in CAPS)

    def count(self, now: datetime) -> None:
        """Add a request. Requests older than the longest window are removed."""
        recent = [at for at in self.requested_at if at > now - LONGEST_WINDOW]
        self.requested_at = [*recent, now]
        self.last_requested_at = now


def _wait(requested_at: Sequence[datetime], now: datetime, most: int, window: timedelta) -> timedelta:
    within = sorted(at for at in requested_at if at > now - window)
    if len(within) < most:
        return timedelta()
    return within[-most] + window - now
