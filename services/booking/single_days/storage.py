"""Selects of single days, of their bookings, and of the spaces that share hours."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from chassis.database.communities import within
from chassis.database.pagination import Page, page
from chassis.rpc.communities import Communities
from services.booking.bookings.models import Booking
from services.booking.calendar.models import EVERYWHERE, CalendarDay, SpaceException
from services.booking.interface.booking_words import ACTIVE
from services.booking.spaces.models import Space


def days_of_year(session: Session, community_id: str, year: int) -> list[CalendarDay]:
    """The days of the year in the community ("*": in the whole district), sorted. Its own ones override those of all."""
    statement = select(CalendarDay).where(
        CalendarDay.community_id.in_([EVERYWHERE, community_id]), CalendarDay.day.between(date(year, 1, 1), date(year, 12, 31))
    )
    found = session.scalars(statement.order_by(CalendarDay.day, CalendarDay.community_id != EVERYWHERE))
    return list({row.day: row for row in found}.values())


def find_day(session: Session, community_id: str, day: date) -> CalendarDay | None:
    """The row of that community or of all ("*"), read again. Begin a change of the calendar before, if it is to be changed."""
    return session.get(CalendarDay, (community_id, day), populate_existing=True)


def own_deciders(session: Session, day: date) -> set[str]:
    """The communities that have decided that day themselves."""
    own = select(CalendarDay.community_id).where(CalendarDay.day == day, CalendarDay.community_id != EVERYWHERE)
    return set(session.scalars(own))


def list_day_hours(session: Session, space_id: UUID, *, from_day: date, limit: int, cursor: str | None) -> Page[SpaceException]:
    """The other hours of a space from `from_day` on, sorted."""
    statement = select(SpaceException).where(SpaceException.space_id == space_id, SpaceException.day >= from_day)
    return page(session, statement, keys=[(SpaceException.day, "asc")], limit=limit, cursor=cursor)


def find_day_hours(session: Session, space_id: UUID, day: date) -> SpaceException | None:
    """Read again. Begin a change of the calendar before, if they are to be changed."""
    return session.get(SpaceException, (space_id, day), populate_existing=True)


def family_of(session: Session, space: Space) -> Sequence[UUID]:
    """The ids of the spaces whose hours depend on those of `space`, or on which its own depend: its parent, all parts of its
    parent, and its parts."""
    roots = [id_ for id_ in (space.id, space.parent_id) if id_]
    return session.scalars(select(Space.id).where(or_(Space.id.in_(roots), Space.parent_id.in_(roots)))).all()


def hours_of_day(session: Session, space_ids: Sequence[UUID], day: date) -> dict[UUID, list[dict[str, str]]]:
    """The other hours of these spaces on that day."""
    found = session.scalars(select(SpaceException).where(SpaceException.space_id.in_(space_ids), SpaceException.day == day))
    return {row.space_id: row.hours for row in found}


def bookings_around(
    session: Session, communities: Communities, day: date, now: datetime, space_ids: Sequence[UUID] | None = None
) -> Sequence[Booking]:
    """The bookings in `communities` (of `space_ids`, if given) to come that can touch the hours of a local day, by start. In
    whatever time zone, its hours begin and end within the day before and the third day after it in UTC."""
    midnight = datetime.combine(day, time(), UTC)
    statement = select(Booking).where(
        within(Booking.community_id, communities),
        Booking.state.in_(ACTIVE),
        Booking.starts_at > now,
        Booking.starts_at < midnight + timedelta(days=3),
        Booking.ends_at > midnight - timedelta(days=1),
    )
    if space_ids is not None:
        statement = statement.where(Booking.space_id.in_(space_ids))
    return session.scalars(statement.order_by(Booking.starts_at, Booking.id)).all()
