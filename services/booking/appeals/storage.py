"""Appeals by booking and in pages, with their bookings and spaces."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from chassis.database.communities import within
from chassis.database.pagination import Page, page
from chassis.rpc.communities import Communities
from services.booking.appeals.models import Appeal
from services.booking.bookings.models import Booking

_WHOLE = joinedload(Appeal.booking, innerjoin=True).joinedload(Booking.space, innerjoin=True)


def find(session: Session, appeal_id: UUID) -> Appeal | None:
    return session.scalar(select(Appeal).options(_WHOLE).where(Appeal.id == appeal_id))


def find_of_booking(session: Session, booking_id: UUID, *, lock: bool = False) -> Appeal | None:
    """With `lock`, it is locked and read again. Lock the booking first."""
    statement = select(Appeal).options(_WHOLE).where(Appeal.booking_id == booking_id)
    if lock:
        statement = statement.with_for_update(of=Appeal).execution_options(populate_existing=True)
    return session.scalar(statement)


def list_appeals(session: Session, *, communities: Communities, state: str, limit: int, cursor: str | None) -> Page[Appeal]:
    """Those in one state, the oldest first."""
    statement = select(Appeal).options(_WHOLE).where(within(Appeal.community_id, communities), Appeal.state == state)
    return page(session, statement, keys=[(Appeal.made_at, "asc"), (Appeal.id, "asc")], limit=limit, cursor=cursor)
