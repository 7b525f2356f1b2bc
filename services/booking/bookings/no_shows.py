"""Bookings against the rule about no-shows: who too often did not come may book less far ahead, or not at all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from chassis.rpc.call import Call
from services.booking.bookings.models import Booking
from services.booking.calendar.local_days import end_of_day_after
from services.booking.interface.refusals import TooManyNoShows
from services.booking.no_show_rules.points import points_at, restricted_until
from services.booking.spaces.models import Space
from services.booking.spaces.timetable import Timetable


@dataclass(frozen=True, slots=True)
class NoShowStanding:
    """How a resident stands with the rule of a space at `now`. `dates` are the starts of the no-shows that count. `until` is
    when the restriction ends; None: there is none."""

    rule: Mapping[str, Any]
    dates: Sequence[datetime]
    now: datetime
    until: datetime | None

    @property
    def points(self) -> float:
        return round(float(points_at(self.dates, self.now, self.forget_days)), 2)

    @property
    def no_shows(self) -> int:
        return len(self.dates)

    @property
    def tolerated(self) -> int:
        return int(self.rule["tolerated"])

    @property
    def forget_days(self) -> int:
        return int(self.rule["forget_days"])

    @property
    def days_ahead(self) -> int | None:
        days: int | None = self.rule["days_ahead"]
        return days

    def refusal(self, booking: Booking, timetable: Timetable) -> TooManyNoShows | None:
        """Why `booking` is not allowed. None if it is."""
        if self.until is None:
            return None
        ahead = self.days_ahead
        if ahead is not None and booking.ends_at.timestamp() <= end_of_day_after(timetable.days.zone, self.now, ahead):
            return None
        until = self.until.astimezone(timetable.days.zone).isoformat()
        about = {"points": self.points, "no_shows": self.no_shows, "tolerated": self.tolerated}
        return TooManyNoShows(until=until, days_ahead=ahead, **about)


def standing_of(call: Call, space: Space, resident_id: UUID) -> NoShowStanding | None:
    """None if there is no rule for the space. Otherwise one statement."""
    if (rule := space.no_show_rule) is None:
        return None
    since = call.now - timedelta(days=rule["forget_days"])
    dates = _dates(call.session, space.community_id, resident_id, since)
    return NoShowStanding(rule, dates, call.now, restricted_until(dates, call.now, rule["forget_days"], rule["tolerated"]))


def why_not(call: Call, booking: Booking, timetable: Timetable) -> TooManyNoShows | None:
    """Why the resident of `booking` may not have it because of no-shows. None if that is no reason. At most one statement."""
    standing = standing_of(call, timetable.space, booking.resident_id)
    return None if standing is None else standing.refusal(booking, timetable)


def _dates(session: Session, community_id: str, resident_id: UUID, since: datetime) -> Sequence[datetime]:
    """The starts, sorted, of the no-shows since `since` that were not excused."""
    found = select(Booking.starts_at).where(
        Booking.resident_id == resident_id,
        Booking.community_id == community_id,
        Booking.state == "no_show",
        Booking.excused_at.is_(None),
        Booking.starts_at > since,
    )
    with session.no_autoflush:
        return session.scalars(found.order_by(Booking.starts_at)).all()
