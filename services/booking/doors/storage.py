"""Spaces by the key of their door, and the bookings with which somebody comes to a door."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, selectinload

from services.booking.bookings.models import Booking
from services.booking.spaces.models import LONGEST_BOOKING, Space

MOST_HERE = 20  # bookings of one family at one door within a day


def find_by_door_key(session: Session, door_key: str) -> Space | None:
    return session.scalar(select(Space).where(Space.door_key == door_key))  # not guessable


def bookings_at(
    session: Session, space: Space, resident_ids: Sequence[UUID], after: datetime, before: datetime, *, lock: bool = False
) -> Sequence[Booking]:
    """The confirmed bookings of the residents that end after `after` and start before `before` (aware), with their spaces,
    sorted by start: of the space, of the whole that it is a part of, and of its parts. With `lock`, locked."""
    of_parts = select(Space.id).where(Space.parent_id == space.id)
    here = [Booking.space_id == space.id, Booking.space_id.in_(of_parts)]
    if space.parent_id is not None:
        here.append(Booking.space_id == space.parent_id)
    statement = (
        select(Booking)
        .options(selectinload(Booking.space))
        .where(
            Booking.resident_id.in_(resident_ids),
            Booking.state == "confirmed",
            # The first condition follows from the next one. It is there for the index on starts_at.
            Booking.starts_at > after - LONGEST_BOOKING,
            Booking.ends_at > after,
            Booking.starts_at < before,
            or_(*here),
        )
        .order_by(Booking.starts_at, Booking.id)
        .limit(MOST_HERE)
    )
    return session.scalars(statement.with_for_update(of=Booking) if lock else statement).all()
