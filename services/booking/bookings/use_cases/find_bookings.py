"""See bookings: the caller's own, or at the desk those of the community."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from chassis.database.pagination import Page
from chassis.rpc.call import Call
from chassis.rpc.communities import Communities
from chassis.rpc.refusal import NotFound
from services.booking.access import DESK, READ, account, looked_at, narrowed
from services.booking.bookings import storage
from services.booking.bookings.models import Booking

MOST_IN_CALENDAR: Final = 5_000  # calendar programs get slow with more


def list_bookings(
    call: Call,
    *,
    scope: str,
    limit: int,
    community_id: str | None = None,
    space_id: UUID | None = None,
    resident_id: UUID | None = None,
    state: str | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
    cursor: str | None = None,
) -> Page[Booking]:
    """`scope` is `mine` for the bookings of the caller and of the caller's children, or `desk` for those of the communities
    that it works in. Another system has none of its own, and at the desk those of the communities in which it has the right.
    With `community_id` only those of that community. Sorted by start: earliest first if `start` is given, else latest first.
    Raises Unauthenticated, or Forbidden for `desk`, and in `mine` for a `resident_id` for whom the caller does not speak, and
    InvalidField for a community in which the caller does not work."""
    if call.acting.system_id is not None:
        communities = call.acting.require_right(READ) if scope == "desk" else Communities.only()
        resident_ids = None if resident_id is None else [resident_id]
    else:
        communities, resident_ids = looked_at(call.acting, scope, resident_id)
    found = storage.list_bookings(
        call.session,
        communities=narrowed(communities, community_id),
        resident_ids=resident_ids,
        space_id=space_id,
        state=state,
        start=start,
        end=end,
        limit=limit,
        cursor=cursor,
    )
    storage.complete(call.session, found.items)
    return found


def get_calendar_bookings(call: Call, *, start: datetime) -> dict[str, Any]:
    """Bookings of the caller and of the caller's children that end after `start` (aware), in every state, earliest first. At
    most MOST_IN_CALENDAR. Raises Unauthenticated."""
    communities, resident_ids = looked_at(call.acting, "mine")
    return {
        "items": storage.get_calendar_bookings(
            call.session, communities=communities, resident_ids=resident_ids or [], start=start, limit=MOST_IN_CALENDAR
        )
    }


def search_bookings(
    call: Call,
    *,
    limit: int,
    number: str | None = None,
    resident_ids: Sequence[UUID] = (),
    cursor: str | None = None,
) -> Page[Booking]:
    """Bookings of the communities that the caller works in, by their number (`Booking.number`) or resident, latest start first.
    Without either there are none. Raises Unauthenticated, Forbidden, InvalidField (cursor)."""
    call.acting.require_role(*DESK)
    found = storage.search_bookings(
        call.session,
        communities=call.acting.reach,
        number=number,
        resident_ids=resident_ids,
        limit=limit,
        cursor=cursor,
    )
    storage.complete(call.session, found.items)
    return found


def get_booking(call: Call, *, booking_id: UUID) -> Booking:
    """Raises Unauthenticated, or NotFound for a booking that the caller may not see."""
    booking = check_visible(call, storage.find_booking(call.session, booking_id), booking_id)
    storage.complete(call.session, [booking])
    return booking


def find_visible(call: Call, booking_id: UUID) -> Booking:
    """The booking. Raises NotFound unless the caller may see it, for visitors too: they see no booking."""
    if call.acting.account_id is None and call.acting.system_id is None:
        raise NotFound(booking_id=str(booking_id))
    return check_visible(call, storage.find_booking(call.session, booking_id), booking_id)


def find_movable(call: Call, booking_id: UUID) -> Booking:
    """The booking. Raises NotFound as `find_visible` does, and Forbidden if the caller may see it but not move it."""
    booking = find_visible(call, booking_id)
    booking.role_of(call.acting)
    return booking


def check_visible(call: Call, booking: Booking | None, booking_id: UUID) -> Booking:
    """The booking. Raises Unauthenticated, or NotFound unless the caller may see it."""
    if call.acting.system_id is None:
        account(call.acting)
    if booking is None or not booking.is_seen_by(call.acting):
        raise NotFound(booking_id=str(booking_id))
    return booking
