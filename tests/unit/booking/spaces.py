"""Spaces and timetables made up for tests."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from chassis.demo import demo_id
from services.booking.bookings.models import Booking
from services.booking.calendar.intervals import Span
from services.booking.calendar.local_days import LocalDays
from services.booking.calendar.opening_hours import (
    ClosedTime,
    Hours,
    OpeningHours,
    PartHours,
    StatutoryDay,
    hours_of,
    seasons_of,
    weekly_hours_of,
)
from services.booking.spaces.fair_opening import FairOpening
from services.booking.spaces.models import Space
from services.booking.spaces.timetable import Timetable

SHANGHAI = ZoneInfo("Asia/Shanghai")
MONDAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 22, 1, 30, tzinfo=UTC)  # Sunday, 09:30 at the centre


def daily(*hours: str, weekdays: Sequence[int] = range(1, 8)) -> list[dict[str, Any]]:
    """Opening hours of "08:00-12:00" and the like on each of `weekdays`."""
    return [dict(zip(("opens", "closes"), span.split("-"), strict=True), weekday=day) for day in weekdays for span in hours]


def example_space(**over: Any) -> Space:
    values: dict[str, Any] = {
        "community_id": "liuyi",
        "code": "court-1",
        "kind": "court",
        "section": "neighbour",
        "name": {"zh-CN": "一号场", "en": "Court 1"},
        "description": {},
        "location": {},
        "equipment": [],
        "divisible": False,
        "capacity": 4,
        "opening_hours": daily("08:00-12:00", "14:00-22:00"),
        "holiday_hours": [],
        "slot_minutes": 30,
        "min_minutes": 30,
        "max_minutes": 120,
        "min_notice_minutes": 0,
        "cancel_notice_minutes": 0,
        "horizon_days": 14,
        "buffer_before_minutes": 0,
        "buffer_after_minutes": 0,
        "open_to": "district",
    }
    return Space(**(values | over))


def example_timetable(
    space: Space,
    start: datetime,
    end: datetime,
    *,
    zone: ZoneInfo = SHANGHAI,
    statutory: Mapping[date, StatutoryDay] | None = None,
    exceptions: Mapping[date, Hours] | None = None,
    part_exceptions: Mapping[date, Sequence[Hours]] | None = None,
    closures: Sequence[ClosedTime] = (),
) -> Timetable:
    hours = OpeningHours(
        weekly=weekly_hours_of(space.opening_hours),
        on_holidays=hours_of(space.holiday_hours),
        statutory=statutory or {},
        exceptions=exceptions or {},
        part_exceptions={day: [PartHours(of_part) for of_part in parts] for day, parts in (part_exceptions or {}).items()},
        seasons=seasons_of(space.seasons or []),
        closures=closures,
    )
    days = LocalDays.around(zone, instant(start), instant(end))
    return Timetable(space, (space.id,), hours, days, uuid4(), fair=FairOpening.of(space))


def example_booking(space: Space, starts_at: datetime, ends_at: datetime) -> Booking:
    wang = demo_id("account", "wang")
    return Booking(
        community_id=space.community_id,
        space_id=space.id,
        space=space,
        resident_id=wang,
        booked_by=wang,
        starts_at=starts_at,
        ends_at=ends_at,
        state="confirmed",
        attendees=2,
        created_at=NOW,
    )


def local(day: date, clock: str, zone: ZoneInfo = SHANGHAI) -> datetime:
    """What the wall clock shows there, as a UTC time."""
    hour, minute = map(int, clock.split(":"))
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone).astimezone(UTC)


def instant(at: datetime) -> int:
    return int(at.timestamp())


def clocks(spans: Sequence[Span], zone: ZoneInfo = SHANGHAI) -> list[str]:
    """Spans as local "08:00-12:00"."""
    return ["-".join(datetime.fromtimestamp(at, zone).strftime("%H:%M") for at in span) for span in spans]
