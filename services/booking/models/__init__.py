"""The tables of bookings and the rules they keep. No I/O here: time, identity and claims are passed in."""

from services.booking.models.base import Base
from services.booking.models.booking import NO_DOUBLE_BOOKING, Booking, Claim
from services.booking.models.calendar import EVERYWHERE, CalendarDay, CalendarRevision, Community, SpaceException
from services.booking.models.space import KINDS, LONGEST_BOOKING, SECTIONS, Space
from services.booking.models.timetable import BusyReason, Timetable

__all__ = [
    "EVERYWHERE",
    "KINDS",
    "LONGEST_BOOKING",
    "NO_DOUBLE_BOOKING",
    "SECTIONS",
    "Base",
    "Booking",
    "BusyReason",
    "CalendarDay",
    "CalendarRevision",
    "Claim",
    "Community",
    "Space",
    "SpaceException",
    "Timetable",
]
