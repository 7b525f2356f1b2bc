"""Gives a request its time, in the transaction that declines those that want the same."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from chassis.messaging.contracts import Message
from chassis.rpc.call import Call, Outdated
from chassis.rpc.refusal import NotFound
from services.booking.access import account
from services.booking.bookings import storage as bookings
from services.booking.bookings.alternatives import offer_alternatives
from services.booking.bookings.limited import check_limits
from services.booking.bookings.models import Booking
from services.booking.bookings.requesting import decline_all
from services.booking.calendar import revision
from services.booking.equipment.taking import keep_equipment, lock_kept
from services.booking.interface.refusals import LimitReached, SpaceTaken, TooManyNoShows
from services.booking.ledger import storage as ledger
from services.booking.spaces import storage as spaces
from services.booking.spaces.timetable import Timetable


class RequestsChanged(Outdated):
    """Somebody has asked for the same time since the requests were locked. Nothing was written."""


def lock_with_rivals(call: Call, wanted: Sequence[Booking]) -> dict[UUID, Booking]:
    """Lock the requests, and those that want the same time, in the order of their ids. Returns all of them by id."""
    ids = {one.id for one in wanted}
    for one in wanted:
        ids.update(_rivals(call, one))
    return {one.id: one for one in bookings.lock_bookings(call.session, ids)}


def give(call: Call, booking: Booking, locked: dict[UUID, Booking]) -> list[Message]:
    """Claim the time of the request, which becomes a booking, and decline the requests that can no longer be given. The caller
    holds the locks of `lock_with_rivals`. Returns the messages about those that were declined. Raises the refusals of
    Timetable.check_request, LimitReached, CalendarChanged, RequestsChanged, or SpaceTaken with alternatives; then the caller
    must roll back. Notice and horizon do not count: the request has kept them."""
    timetable = _timetable(call, booking)
    timetable.check_request(booking.starts_at, booking.ends_at, booking.attendees, call.now, beyond=True)
    lock_kept(call.session, *locked.values())  # of those that are declined, too
    if not {LimitReached.code, TooManyNoShows.code} & {*(booking.beyond_rules or ())}:
        check_limits(call, booking, timetable)
    # The order of locks: bookings (the caller has them), equipment, limits, calendar, resources, claims.
    revision.hold(call.session, booking.community_id, timetable.revision)
    ledger.lock(call.session, timetable.leaf_ids)
    rivals = _rivals(call, booking)
    if not locked.keys() >= set(rivals):
        raise RequestsChanged()
    booking.accept(account(call.acting), call.now)
    call.session.flush()
    if not bookings.move_claims(call.session, booking, timetable, call.now):
        raise SpaceTaken(alternatives=offer_alternatives(call, booking, for_resident=True))
    keep_equipment(call, booking, "without")
    out = decline_all(call, list(_out_of_reach(booking, (locked[one] for one in rivals))), "given_to_another")
    call.session.flush()
    return out


def _rivals(call: Call, booking: Booking) -> Sequence[UUID]:
    """Requests whose time, with the turnover, may touch that of the booking."""
    first, last = booking.starts_at - 2 * bookings.MOST_TURNOVER, booking.ends_at + 2 * bookings.MOST_TURNOVER
    return bookings.rivals(call.session, booking.space, first, last, but=booking.id)


def _out_of_reach(given: Booking, rivals: Iterable[Booking]) -> Iterable[Booking]:
    """Those that need a resource during the time that `given` has now."""
    start, end = given.space.blocked(given.starts_at, given.ends_at)
    for one in sorted(rivals, key=lambda rival: (rival.starts_at, rival.id)):
        begins, ends = one.space.blocked(one.starts_at, one.ends_at)
        if one.state == "requested" and begins < end and start < ends:
            yield one


def _timetable(call: Call, booking: Booking) -> Timetable:
    timetable = spaces.load_timetable(call.session, booking.space_id, booking.starts_at, booking.ends_at)
    if timetable is None:
        raise NotFound(space_id=str(booking.space_id))
    return timetable
