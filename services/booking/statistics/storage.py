"""The use of spaces, added up by PostgreSQL."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Date,
    DateTime,
    Integer,
    Interval,
    Text,
    Uuid,
    bindparam,
    case,
    cast,
    column,
    func,
    literal,
    or_,
    select,
    true,
    tuple_,
    union_all,
)
from sqlalchemy.orm import Session, aliased

from services.booking.bookings.models import Booking
from services.booking.claims.models import ClaimedTime
from services.booking.spaces.models import LONGEST_BOOKING, Space
from services.booking.statistics.figures import BOOKED, EVENT, Slot

Count = tuple[UUID, str, str, int, int]  # space id, state, channel, bookings, people


@dataclass(slots=True)
class Used:
    """Used seconds by BOOKED and EVENT: of each leaf, on each local day, in each hour of the week."""

    leaves: dict[UUID, Counter[str]] = field(default_factory=dict)
    days: dict[date, Counter[str]] = field(default_factory=dict)
    hours: dict[Slot, Counter[str]] = field(default_factory=dict)


_START, _END = (bindparam(name, type_=DateTime(timezone=True)) for name in ("start", "end"))
_LEAVES = bindparam("leaf_ids", type_=ARRAY(Uuid))
_SPACES = bindparam("space_ids", type_=ARRAY(Uuid))
_ZONE = bindparam("zone", type_=Text)
_AFTER = bindparam("after", type_=Uuid)
_HOUR = literal(timedelta(hours=1), Interval)
_leaf = aliased(Space, name="leaf")


def _overlapping(starts_at: Any, ends_at: Any) -> tuple[ColumnElement[bool], ...]:
    # The first condition follows from the second. It is there for the index on starts_at.
    return starts_at > _START - (LONGEST_BOOKING + timedelta(days=1)), ends_at > _START, starts_at < _END


def _in_hours() -> Any:
    """The seconds that bookings and club events use, by local hour: (source, kind, leaf, hour, seconds)."""
    booked = (
        select(_leaf.id.label("leaf_id"), Booking.starts_at, Booking.ends_at, literal(BOOKED).label("kind"))
        .join(Booking, or_(_leaf.id == Booking.space_id, _leaf.parent_id == Booking.space_id))
        .where(_leaf.id == func.any(_LEAVES), Booking.community_id == bindparam("community_id"), Booking.state == "confirmed")
        .where(*_overlapping(Booking.starts_at, Booking.ends_at))
    )
    held = (
        select(_leaf.id.label("leaf_id"), ClaimedTime.starts_at, ClaimedTime.ends_at, literal(EVENT).label("kind"))
        .join(
            ClaimedTime,
            or_(_leaf.id == func.any(ClaimedTime.space_ids), _leaf.parent_id == func.any(ClaimedTime.space_ids)),
        )
        .where(_leaf.id == func.any(_LEAVES), ClaimedTime.community_id == bindparam("community_id"))
        .where(ClaimedTime.expires_at.is_(None), *_overlapping(ClaimedTime.starts_at, ClaimedTime.ends_at))
    )
    used = union_all(booked, held).subquery("used")
    begins = func.timezone(_ZONE, func.greatest(used.c.starts_at, _START))
    ends = func.timezone(_ZONE, func.least(used.c.ends_at, _END))
    last = ends - literal(timedelta(microseconds=1), Interval)
    series = func.generate_series(func.date_trunc("hour", begins), last, _HOUR)
    hour = series.table_valued(column("at", DateTime), name="hour").render_derived()
    seconds = func.extract("epoch", func.least(ends, hour.c.at + _HOUR) - func.greatest(begins, hour.c.at))
    return used.join(hour, true()), used.c.kind, used.c.leaf_id, hour.c.at, seconds


_HOURS_USED, _KIND, _LEAF, _AT, _SECONDS = _in_hours()
_DAY, _WEEKDAY, _OF_DAY = cast(_AT, Date), func.extract("isodow", _AT), func.extract("hour", _AT)
# Added up three times: by leaf, by day, and by hour of the week.
_USED_HOURS = (
    select(_KIND, _LEAF, _DAY, _WEEKDAY, _OF_DAY, func.sum(_SECONDS))
    .select_from(_HOURS_USED)
    .group_by(func.grouping_sets(tuple_(_KIND, _LEAF), tuple_(_KIND, _DAY), tuple_(_KIND, _WEEKDAY, _OF_DAY)))
)
_USED_DAYS = select(_KIND, _LEAF, _DAY, func.sum(_SECONDS)).select_from(_HOURS_USED).group_by(_KIND, _LEAF, _DAY)


def used_hours(
    session: Session, community_id: str, leaf_ids: Collection[UUID], zone: str, start: datetime, end: datetime
) -> Used:
    """How long bookings and club events have used the leaves between `start` and `end` (aware). A booking of a divisible space
    uses all its parts. Holds do not count. One statement."""
    about = {"community_id": community_id, "leaf_ids": sorted(leaf_ids), "zone": zone, "start": start, "end": end}
    found = Used()
    for kind, leaf_id, day, weekday, hour, seconds in session.execute(_USED_HOURS, about):
        if leaf_id is not None:
            counter = found.leaves.setdefault(leaf_id, Counter())
        elif day is not None:
            counter = found.days.setdefault(day, Counter())
        else:
            counter = found.hours.setdefault((int(weekday), int(hour)), Counter())
        counter[kind] += int(seconds)
    return found


def used_days(
    session: Session, community_id: str, leaf_ids: Collection[UUID], zone: str, start: datetime, end: datetime
) -> dict[tuple[UUID, date], Counter[str]]:
    """As `used_hours`, by leaf and local day. One statement."""
    about = {"community_id": community_id, "leaf_ids": sorted(leaf_ids), "zone": zone, "start": start, "end": end}
    found: dict[tuple[UUID, date], Counter[str]] = {}
    for kind, leaf_id, day, seconds in session.execute(_USED_DAYS, about):
        found.setdefault((leaf_id, day), Counter())[kind] += int(seconds)
    return found


_CHANNEL = case((Booking.system_id.is_not(None), "system"), (Booking.booked_by == Booking.resident_id, "self"), else_="others")
_OF_PERIOD = (Booking.starts_at >= _START, Booking.starts_at < _END, Booking.space_id == func.any(_SPACES))
_COUNTS = (
    select(Booking.space_id, Booking.state, _CHANNEL, func.count(), func.sum(Booking.attendees))
    .where(Booking.community_id == bindparam("community_id"), *_OF_PERIOD)
    .group_by(Booking.space_id, Booking.state, _CHANNEL)
)
_LOCAL_DAY = cast(func.timezone(_ZONE, Booking.starts_at), Date)
_DAY_COUNTS = (
    select(Booking.space_id, _LOCAL_DAY, func.count())
    .where(Booking.community_id == bindparam("community_id"), *_OF_PERIOD, Booking.state == "confirmed")
    .group_by(Booking.space_id, _LOCAL_DAY)
)
_MINUTES = func.sum(func.extract("epoch", Booking.ends_at - Booking.starts_at) / 60)
_BY_HOUSEHOLD = (
    select(_MINUTES)
    .where(Booking.community_id == bindparam("community_id"), *_OF_PERIOD, Booking.state == "confirmed")
    .group_by(func.coalesce(Booking.household_id, Booking.resident_id))
)


def count_bookings(
    session: Session, community_id: str, space_ids: Collection[UUID], start: datetime, end: datetime
) -> list[Count]:
    """(space id, state, channel, bookings, people) of the bookings that start between `start` and `end` (aware)."""
    about = {"community_id": community_id, "space_ids": sorted(space_ids), "start": start, "end": end}
    return [
        (space_id, state, channel, n, int(people)) for space_id, state, channel, n, people in session.execute(_COUNTS, about)
    ]


def count_by_day(
    session: Session, community_id: str, space_ids: Collection[UUID], zone: str, start: datetime, end: datetime
) -> Counter[tuple[UUID, date]]:
    """The confirmed bookings that start between `start` and `end` (aware), by space and local day."""
    about = {"community_id": community_id, "space_ids": sorted(space_ids), "zone": zone, "start": start, "end": end}
    return Counter({(space_id, day): count for space_id, day, count in session.execute(_DAY_COUNTS, about)})


def minutes_by_household(
    session: Session, community_id: str, space_ids: Collection[UUID], start: datetime, end: datetime
) -> list[int]:
    """Booked minutes of each household, or resident without one, that has booked a time that starts between `start` and `end`
    (aware)."""
    about = {"community_id": community_id, "space_ids": sorted(space_ids), "start": start, "end": end}
    return [round(minutes) for minutes in session.scalars(_BY_HOUSEHOLD, about)]


_BY_RESIDENT = (
    select(Booking.resident_id, func.count().label("bookings"), func.round(_MINUTES).label("minutes"))
    .where(
        Booking.community_id == bindparam("community_id"),
        Booking.starts_at >= _START,
        Booking.starts_at < _END,
        Booking.state == "confirmed",
        or_(_AFTER.is_(None), Booking.resident_id > _AFTER),
    )
    .group_by(Booking.resident_id)
    .order_by(Booking.resident_id)
    .limit(bindparam("most", type_=Integer))
)


@dataclass(frozen=True, slots=True)
class ResidentUse:
    """How much one resident booked."""

    resident_id: UUID
    bookings: int
    minutes: int


def use_by_resident(
    session: Session, community_id: str, start: datetime, end: datetime, *, after: UUID | None, most: int
) -> list[ResidentUse]:
    """At most `most` residents whose id comes after `after`, in the order of ids, with their bookings that start between
    `start` and `end` (aware) and were not cancelled."""
    about = {"community_id": community_id, "start": start, "end": end, "after": after, "most": most}
    return [ResidentUse(id_, n, int(minutes)) for id_, n, minutes in session.execute(_BY_RESIDENT, about)]
