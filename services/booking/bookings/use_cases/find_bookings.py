"""See bookings: the caller's own, or at the desk those of the community."""

from datetime import datetime
from uuid import UUID

from chassis.database.pagination import Page
from chassis.rpc.call import Call
from chassis.rpc.communities import DISTRICT
from chassis.rpc.refusal import NotFound
from services.booking.access import DESK, account
from services.booking.bookings import storage
from services.booking.bookings.models import Booking


def list_bookings(
    call: Call,
    *,
    scope: str,
    limit: int,
    space_id: UUID | None = None,
    resident_id: UUID | None = None,
    state: str | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
    cursor: str | None = None,
) -> Page[Booking]:
    """`scope` is `mine` for the caller's own bookings, or `desk` for those of the communities that it works in. Sorted by
    start: earliest first if `start` is given, else latest first. Raises Unauthenticated, or Forbidden for `desk`."""
    own_id = account(call.acting)
    if scope == "mine":
        communities, resident_id = DISTRICT, own_id
    else:
        call.acting.require_role(*DESK)
        communities = call.acting.reach
    return storage.list_bookings(
        call.session,
        communities=communities,
        resident_id=resident_id,
        space_id=space_id,
        state=state,
        start=start,
        end=end,
        limit=limit,
        cursor=cursor,
    )


def get_booking(call: Call, *, booking_id: UUID) -> Booking:
    """Raises Unauthenticated, or NotFound for a booking that the caller may not see."""
    return check_visible(call, storage.find_booking(call.session, booking_id), booking_id)


def check_visible(call: Call, booking: Booking | None, booking_id: UUID) -> Booking:
    """The booking. Raises Unauthenticated, or NotFound unless the caller may see it."""
    account(call.acting)
    if booking is None or not booking.is_seen_by(call.acting):
        raise NotFound(booking_id=str(booking_id))
    return booking
