"""Bookings by id and in pages, and the statements that claim their time."""

from datetime import datetime
from typing import Literal, cast
from uuid import UUID

from sqlalchemy import Table, bindparam, insert, select
from sqlalchemy.orm import Session, joinedload

from chassis.database.communities import within
from chassis.database.pagination import Page, page
from chassis.rpc.communities import Communities
from services.booking.bookings.models import Booking
from services.booking.calendar.revision import IS_CURRENT
from services.booking.ledger import storage as ledger
from services.booking.ledger.models import Wanted
from services.booking.spaces.models import LONGEST_BOOKING
from services.booking.spaces.timetable import Timetable


def find_booking(session: Session, booking_id: UUID, *, lock: bool = False) -> Booking | None:
    """The booking with its space. With `lock`, other transactions wait before they change it."""
    statement = select(Booking).options(joinedload(Booking.space, innerjoin=True)).where(Booking.id == booking_id)
    return session.scalar(statement.with_for_update(of=Booking) if lock else statement)


def list_bookings(
    session: Session,
    *,
    communities: Communities,
    resident_id: UUID | None,
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
    if resident_id is not None:
        statement = statement.where(Booking.resident_id == resident_id)
    if space_id is not None:
        statement = statement.where(Booking.space_id == space_id)
    if state is not None:
        statement = statement.where(Booking.state == state)
    if start is not None:
        # The first condition follows from the second. It is there for the index on starts_at.
        statement = statement.where(Booking.starts_at > start - LONGEST_BOOKING, Booking.ends_at > start)
    if end is not None:
        statement = statement.where(Booking.starts_at < end)
    way: Literal["asc", "desc"] = "desc" if start is None else "asc"
    return page(session, statement, keys=[(Booking.starts_at, way), (Booking.id, way)], limit=limit, cursor=cursor)


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


# The table instead of the mapped class: this statement runs most often, and the mapper costs time. Built once, because
# SQLAlchemy takes longer to build it than to run it.
_bookings = cast(Table, Booking.__table__)
_NEW = select(*(bindparam(f"new_{column.key}", type_=column.type) for column in _bookings.columns)).where(IS_CURRENT)
_INSERT_AND_CLAIM = ledger.CLAIM.add_cte(
    insert(_bookings).from_select([column.key for column in _bookings.columns], _NEW).cte("booked")
)
