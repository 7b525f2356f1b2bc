"""Bookings to come that would not fit a changed space."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from services.booking.bookings.models import Booking
from services.booking.calendar.opening_hours import hours_of, seasons_of, weekly_hours_of
from services.booking.spaces.fair_opening import FairOpening
from services.booking.spaces.models import Space
from services.booking.spaces.timetable import Timetable


@dataclass(frozen=True, slots=True)
class AffectedBooking:
    """A booking to come that would not fit after a change, and why (MISFITS of the interface)."""

    booking_id: UUID
    space_id: UUID
    space_name: Mapping[str, Any]
    starts_at: datetime
    ends_at: datetime
    attendees: int
    reason: str

    @classmethod
    def of(cls, booking: Booking, space: Space, reason: str) -> Self:
        times = booking.starts_at, booking.ends_at
        return cls(booking.id, space.id, space.name, *times, booking.attendees, reason)


def changed_copy(space: Space, values: Mapping[str, Any]) -> Space:
    """A copy of the space with other values. It belongs to no session, so it is never stored."""
    columns = {column.key: getattr(space, column.key) for column in Space.__table__.columns if column.computed is None}
    return Space(**(columns | dict(values)))


def with_space(timetable: Timetable, space: Space) -> Timetable:
    """The same timetable with the rules of a changed copy of its space. What its parent or its parts keep is left out."""
    hours = replace(
        timetable.hours,
        weekly=weekly_hours_of(space.opening_hours),
        seasons=seasons_of(space.seasons),
        on_holidays=hours_of(space.holiday_hours),
    )
    return replace(timetable, space=space, hours=hours, fair=FairOpening.of(space))


def misfit(timetable: Timetable, booking: Booking) -> str | None:
    """Why the booking does not fit the space (MISFITS of the interface). None if it fits. Notice and horizon do not count: they
    are rules for making a booking."""
    space = timetable.space
    start, end = int(booking.starts_at.timestamp()), int(booking.ends_at.timestamp())
    minutes = (end - start) / 60
    if space.is_out_of_use:
        return "out_of_use"
    if not all(timetable.days.on_grid(at, space.slot_minutes * 60) for at in (start, end)):
        return "off_grid"
    if minutes < space.min_minutes:
        return "too_short"
    if minutes > space.max_minutes:
        return "too_long"
    if booking.attendees > space.capacity:
        return "over_capacity"
    if timetable.hours.open_spans(timetable.days, start, end) != [(start, end)]:
        return timetable.why_closed(start, end)
    return None
