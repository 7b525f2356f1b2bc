"""Bookings against the rule about no-shows: who too often did not come may book less far ahead, or not at all."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, select
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

    def allows(self, ends_at: datetime, timetable: Timetable) -> bool:
        """Whether a booking of the space that ends then (aware) is allowed."""
        if self.until is None:
            return True
        ahead = self.days_ahead
        return ahead is not None and ends_at.timestamp() <= end_of_day_after(timetable.days.zone, self.now, ahead)

    def refusal(self, booking: Booking, timetable: Timetable) -> TooManyNoShows | None:
        """Why `booking` is not allowed. None if it is."""
        if self.until is None or self.allows(booking.ends_at, timetable):
            return None
        ahead = self.days_ahead
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


def standings_of_many(
    call: Call, spaces: Collection[Space], resident_ids: Collection[UUID]
) -> dict[tuple[UUID, UUID], NoShowStanding]:
    """By space id and resident id, for the spaces with a rule; all are of one community. One statement, and only if there is a
    rule."""
    ruled = [(space, space.no_show_rule) for space in spaces if space.no_show_rule is not None]
    if not ruled:
        return {}
    since = call.now - timedelta(days=max(rule["forget_days"] for _, rule in ruled))
    ours = Booking.resident_id.in_(resident_ids) & _counts(ruled[0][0].community_id, since)
    found = select(Booking.resident_id, Booking.starts_at).where(ours).order_by(Booking.starts_at)
    dates: dict[UUID, list[datetime]] = {}
    with call.session.no_autoflush:
        for resident_id, starts_at in call.session.execute(found):
            dates.setdefault(resident_id, []).append(starts_at)
    standings = {}
    for space, rule in ruled:
        after = call.now - timedelta(days=rule["forget_days"])
        for resident_id, all_dates in dates.items():
            own = [one for one in all_dates if one > after]
            until = restricted_until(own, call.now, rule["forget_days"], rule["tolerated"])
            standings[space.id, resident_id] = NoShowStanding(rule, own, call.now, until)
    return standings


def _counts(community_id: str, since: datetime) -> ColumnElement[bool]:
    """A no-show in the community since `since` that was not excused."""
    return and_(
        Booking.community_id == community_id,
        Booking.state == "no_show",
        Booking.excused_at.is_(None),
        Booking.starts_at > since,
    )


def _dates(session: Session, community_id: str, resident_id: UUID, since: datetime) -> Sequence[datetime]:
    """The starts, sorted, of the no-shows since `since` that were not excused."""
    found = select(Booking.starts_at).where(Booking.resident_id == resident_id, _counts(community_id, since))
    with session.no_autoflush:
        return session.scalars(found.order_by(Booking.starts_at)).all()
