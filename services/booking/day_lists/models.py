"""The list of one day that one member of staff got: the table, and when it is sent again."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped

from chassis.database.engine import Aggregate
from services.booking.base import Base
from services.booking.bookings.models import number_of

# A corrected list is not sent sooner than so long after the one before, so that somebody who tries out times sends one mail.
BETWEEN = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Listed:
    """A booking on a list. Times are aware."""

    booking_id: UUID
    space_id: UUID
    space_name: dict[str, Any]
    starts_at: datetime
    ends_at: datetime
    attendees: int

    @property
    def number(self) -> str:
        """What people call it by, as Booking.number."""
        return number_of(self.booking_id)

    def fact(self) -> tuple[str, str, str, str, int]:
        """What makes a list differ from the one before."""
        return str(self.booking_id), str(self.space_id), self.starts_at.isoformat(), self.ends_at.isoformat(), self.attendees


class DayList(Aggregate, Base):
    """The list of the local `day` for an account, of all spaces of a community whose list it gets at `list_at`. `content` is a
    hash of what was last sent, None if nothing was. The version counts the lists that were sent."""

    __tablename__ = "day_list"

    account_id: Mapped[UUID]
    day: Mapped[date]
    list_at: Mapped[str]
    content: Mapped[str | None]
    sent_at: Mapped[datetime | None]
    created_at: Mapped[datetime]

    __table_args__ = (
        UniqueConstraint("community_id", "account_id", "day", "list_at", name="day_list_once"),
        Index("day_list_by_day", "day"),
    )

    def is_due(self, bookings: Sequence[Listed], now: datetime, *, if_none: bool) -> bool:
        """Whether `bookings`, in their order, are to be sent now. A first list without bookings only `if_none`. A list that was
        sent is sent again if it differs, BETWEEN after the one before."""
        if self.sent_at is None:
            return bool(bookings) or if_none
        return self.content != content_of(bookings) and now - self.sent_at >= BETWEEN

    def send(self, bookings: Sequence[Listed], now: datetime) -> bool:
        """Note that `bookings` are sent now. Returns whether this corrects a list."""
        corrects = self.sent_at is not None
        self.content, self.sent_at = content_of(bookings), now
        if corrects:
            self.changed()
        return corrects


def content_of(bookings: Sequence[Listed]) -> str:
    """A hash of the bookings, in their order."""
    return hashlib.sha256(orjson.dumps([one.fact() for one in bookings])).hexdigest()
