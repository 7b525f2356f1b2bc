"""Bookings by id and in pages, and the statements that claim their time."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, cast
from uuid import UUID

from sqlalchemy import ColumnElement, RowMapping, Table, Text, bindparam, false, func, insert, or_, select
from sqlalchemy import cast as cast_to
from sqlalchemy.orm import Session, joinedload, selectinload

from chassis.database.communities import within
from chassis.database.pagination import Page, page
from chassis.rpc.communities import Communities
from services.booking.bookings.models import Booking
from services.booking.calendar.revision import IS_CURRENT
from services.booking.interface.booking_words import ACTIVE
from services.booking.ledger import storage as ledger
from services.booking.ledger.models import Wanted
from services.booking.spaces.models import LONGEST_BOOKING, Space
from services.booking.spaces.timetable import Timetable


def find_booking(session: Session, booking_id: UUID, *, lock: bool = False) -> Booking | None:
    """The booking with its space. With `lock`, other transactions wait before they change it. Then the space is loaded by a
    statement of its own: after waiting for somebody who moves the booking to another space, a join would find nothing."""
    statement = select(Booking).where(Booking.id == booking_id)
    if lock:
        return session.scalar(statement.options(selectinload(Booking.space)).with_for_update(of=Booking))
    return session.scalar(statement.options(joinedload(Booking.space, innerjoin=True)))


def list_bookings(
    session: Session,
    *,
    communities: Communities,
    resident_ids: Sequence[UUID] | None,
    space_id: UUID | None,
    state: str | None,
    start: datetime | None,
    end: datetime | None,
    limit: int,
    cursor: str | None,
) -> Page[Booking]:
    """Bookings in `communities` that overlap the time from `start` to `end` (aware), with their spaces. Sorted by start:
    earliest first if `start` is given, else latest first."""
    statement = select(Booking).options(joinedload(Booking.space, innerjoin=True))
    statement = statement.where(within(Booking.community_id, communities))
    if resident_ids is not None:
        statement = statement.where(Booking.resident_id.in_(resident_ids))
    if space_id is not None:
        statement = statement.where(Booking.space_id == space_id)
    if state is not None:
        statement = statement.where(Booking.state.in_(ACTIVE) if state == "active" else Booking.state == state)
    if start is not None:
        # The first condition follows from the second. It is there for the index on starts_at.
        statement = statement.where(Booking.starts_at > start - LONGEST_BOOKING, Booking.ends_at > start)
    if end is not None:
        statement = statement.where(Booking.starts_at < end)
    way: Literal["asc", "desc"] = "desc" if start is None else "asc"
    return page(session, statement, keys=[(Booking.starts_at, way), (Booking.id, way)], limit=limit, cursor=cursor)


def get_calendar_bookings(
    session: Session, *, communities: Communities, resident_ids: Sequence[UUID], start: datetime, limit: int
) -> Sequence[RowMapping]:
    """What a calendar file needs of the bookings in `communities` that end after `start` (aware), earliest first. They are rows
    instead of objects, because making 5,000 objects takes longer than reading them."""
    statement = (
        select(*_IN_CALENDAR)
        .join(Booking.space)
        .where(within(Booking.community_id, communities), Booking.resident_id.in_(resident_ids))
        .where(Booking.starts_at > start - LONGEST_BOOKING, Booking.ends_at > start)  # the first for the index
        .order_by(Booking.starts_at, Booking.id)
        .limit(limit)
    )
    return session.execute(statement).mappings().all()


def search_bookings(
    session: Session,
    *,
    communities: Communities,
    number: str | None,
    resident_ids: Sequence[UUID],
    limit: int,
    cursor: str | None,
) -> Page[Booking]:
    """Bookings in `communities` that have the number (the end of the id, in any case) or are of one of the residents, with
    their spaces. Latest start first."""
    grounds: list[ColumnElement[bool]] = [false()]
    if number is not None:
        grounds.append(func.right(cast_to(Booking.id, Text), 8) == number.lower())
    if resident_ids:
        grounds.append(Booking.resident_id.in_(resident_ids))
    statement = select(Booking).options(joinedload(Booking.space, innerjoin=True))
    statement = statement.where(within(Booking.community_id, communities), or_(*grounds))
    return page(session, statement, keys=[(Booking.starts_at, "desc"), (Booking.id, "desc")], limit=limit, cursor=cursor)


def claim_new(session: Session, booking: Booking, timetable: Timetable, now: datetime) -> bool:
    """Insert `booking` and claim its time in one round trip. `booking` is not added to the session. False if other holders have
    the time; the caller must roll back then. Waits for a competing transaction that has not committed yet. Raises
    CalendarChanged if the calendar has changed since `timetable` was loaded; nothing was written then."""
    row = {f"new_{column.key}": getattr(booking, column.key) for column in _bookings.columns}
    return ledger.claim(session, _wanted(booking, timetable), now, statement=_INSERT_AND_CLAIM, row=row)


def move_claims(session: Session, booking: Booking, timetable: Timetable, now: datetime) -> bool:
    """Claim the present time of `booking` instead of its previous one. The caller holds the lock of its row. Returns and raises
    what `claim_new` does."""
    return ledger.move(session, _wanted(booking, timetable), now)


def _wanted(booking: Booking, timetable: Timetable) -> Wanted:
    blocked = booking.space.blocked(booking.starts_at, booking.ends_at)
    return Wanted(booking.holder, timetable.leaf_ids, *blocked, timetable.revision)


_IN_CALENDAR = (
    Booking.id,
    Booking.version,
    Booking.community_id,
    Booking.resident_id,
    Space.name.label("space_name"),
    Booking.starts_at,
    Booking.ends_at,
    Booking.state,
    Booking.created_at,
    Booking.decided_at,
    Booking.cancelled_at,
)
# The table instead of the mapped class: this statement runs most often, and the mapper costs time. Built once, because
# SQLAlchemy takes longer to build it than to run it.
_bookings = cast(Table, Booking.__table__)
_NEW = select(*(bindparam(f"new_{column.key}", type_=column.type) for column in _bookings.columns)).where(IS_CURRENT)
_INSERT_AND_CLAIM = ledger.CLAIM.add_cte(
    insert(_bookings).from_select([column.key for column in _bookings.columns], _NEW).cte("booked")
)
