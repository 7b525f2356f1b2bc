"""Requests: inserted without a claim, and which of them ask for the same time."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import cast
from uuid import UUID

from sqlalchemy import ColumnElement, Table, func, insert, or_, select
from sqlalchemy.orm import Session, aliased, selectinload

from services.booking.bookings.models import Booking
from services.booking.calendar import revision
from services.booking.equipment import taking as equipment
from services.booking.ledger import storage as ledger
from services.booking.spaces.models import LONGEST_BOOKING, Space
from services.booking.spaces.timetable import Timetable

MOST_TURNOVER = timedelta(days=1)  # before or after a booking; the interface allows no more
_bookings = cast(Table, Booking.__table__)


def hold_places(session: Session, timetable: Timetable) -> None:
    """Until the transaction ends nobody accepts a request for the space, or asks for it, and its calendar stays as in
    `timetable`. So a request never comes for a time that is just being given to another. Raises CalendarChanged."""
    revision.hold(session, timetable.space.community_id, timetable.revision)
    ledger.lock(session, timetable.leaf_ids)


def insert_request(session: Session, booking: Booking) -> None:
    """Store the request without claims. It is not added to the session: its space may belong to a cache."""
    session.execute(insert(_bookings).values({column.key: getattr(booking, column.key) for column in _bookings.columns}))


def rivals(session: Session, space: Space, start: datetime, end: datetime, *, but: UUID) -> Sequence[UUID]:
    """The ids of other requests for the space, its parts or its whole that overlap the time from `start` to `end` (aware)."""
    statement = select(Booking.id).join(Space, Space.id == Booking.space_id)
    statement = statement.where(
        _touches(space.id, space.parent_id, Space),
        Booking.state == "requested",
        Booking.id != but,
        # The first condition follows from the last. It is there for the index.
        Booking.starts_at > start - LONGEST_BOOKING,
        Booking.starts_at < end,
        Booking.ends_at > start,
    )
    return session.scalars(statement).all()


def lock_bookings(session: Session, booking_ids: Iterable[UUID]) -> list[Booking]:
    """Those bookings with their spaces, read again and locked in the order of their ids."""
    statement = select(Booking).options(selectinload(Booking.space)).where(Booking.id.in_(list(booking_ids)))
    locked = statement.order_by(Booking.id).with_for_update(of=Booking).execution_options(populate_existing=True)
    return list(session.scalars(locked))


def complete(session: Session, bookings: Sequence[Booking]) -> None:
    """Set what answers have besides the row: `competing` and `equipment`. A statement for each, none if no booking has it."""
    count_competing(session, bookings)
    equipment.show(session, bookings)


def count_competing(session: Session, bookings: Sequence[Booking]) -> None:
    """Set `competing` of those that are requests: how many others ask for an overlapping time of the space, its parts or its
    whole. One statement, none if there is no request."""
    asked = [one for one in bookings if one.state == "requested"]
    if not asked:
        return
    own, own_space, other, other_space = aliased(Booking), aliased(Space), aliased(Booking), aliased(Space)
    counted = (
        select(own.id, func.count())
        .join(own_space, own_space.id == own.space_id)
        .join(other_space, _touches(own_space.id, own_space.parent_id, other_space))
        .join(other, other.space_id == other_space.id)
        .where(
            own.id.in_([one.id for one in asked]),
            other.id != own.id,
            other.state == "requested",
            other.starts_at > own.starts_at - LONGEST_BOOKING,
            other.starts_at < own.ends_at,
            other.ends_at > own.starts_at,
        )
        .group_by(own.id)
    )
    found: dict[UUID, int] = dict(session.execute(counted).tuples().all())
    for one in asked:
        one.competing = found.get(one.id, 0)  # type: ignore[misc]  # of this answer only, it is not stored


def _touches(space_id: object, parent_id: object, other: type[Space]) -> ColumnElement[bool]:
    """Whether `other` is the space, its whole, or one of its parts."""
    return or_(other.id == space_id, other.parent_id == space_id, other.id == parent_id)
