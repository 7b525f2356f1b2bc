"""Bookings: one's own, or at the desk everybody's."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from chassis.database.pagination import Page, page
from chassis.rpc.call import Call
from services.booking import storage
from services.booking.access import DESK, account, check_sees, community_of
from services.booking.models import Booking


def list_bookings(
    call: Call,
    *,
    scope: str,
    space_id: UUID | None,
    resident_id: UUID | None,
    state: str | None,
    start: datetime | None,
    end: datetime | None,
    limit: int,
    cursor: str | None,
) -> Page[Booking]:
    """`mine`, or `desk`: the community's. With `start` in the order of time, without it the latest first. Raises
    Unauthenticated; Forbidden at a desk that is not one's own."""
    own_id = account(call.acting)
    community_id = None
    if scope == "mine":
        resident_id = own_id
    else:
        call.acting.require_role(*DESK)
        community_id = community_of(call.acting)
    found = storage.bookings(
        community_id=community_id, resident_id=resident_id, space_id=space_id, state=state, start=start, end=end
    )
    way: Literal["asc", "desc"] = "desc" if start is None else "asc"
    return page(call.session, found, keys=[(Booking.starts_at, way), (Booking.id, way)], limit=limit, cursor=cursor)


def get_booking(call: Call, *, booking_id: UUID) -> Booking:
    """Raises Unauthenticated; NotFound for what is not one's to see."""
    return check_sees(call.acting, storage.find_booking(call.session, booking_id), booking_id)
