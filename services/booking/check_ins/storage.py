"""The bookings in which nobody has checked in in time."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from services.booking.bookings.models import Booking
from services.booking.spaces.models import LONGEST_BOOKING, Space

_GRACE = func.make_interval(0, 0, 0, 0, 0, Space.check_in_grace_minutes)


def lock_missed(session: Session, now: datetime, *, most: int) -> Sequence[Booking]:
    """At most `most` bookings that are going on at `now` (aware), whose grace time is over, and in which nobody has checked in,
    with their spaces, locked. Those that another transaction has locked are left to the next time: perhaps somebody is just
    checking in. Bookings from before check-in was turned on are left alone."""
    statement = select(Booking).join(Space, Space.id == Booking.space_id).options(selectinload(Booking.space))
    statement = statement.where(
        Space.check_in_grace_minutes.is_not(None),
        Booking.state == "confirmed",
        Booking.checked_in_at.is_(None),
        # The first condition follows from the last one. It is there for the index on starts_at.
        Booking.starts_at > now - LONGEST_BOOKING - timedelta(minutes=1),
        Booking.starts_at >= Space.check_in_since,
        Booking.starts_at + _GRACE <= now,
        Booking.ends_at > now,
    )
    statement = statement.order_by(Booking.starts_at, Booking.id).limit(most)
    return session.scalars(statement.with_for_update(of=Booking, skip_locked=True)).all()
