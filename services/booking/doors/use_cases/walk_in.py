"""Take a space on the spot: by staff for somebody who stands there, or by a resident with the code of the door."""

from datetime import UTC, datetime
from uuid import UUID

from chassis.rpc.call import Call
from chassis.rpc.refusal import Forbidden, NotFound
from services.booking.access import HELPERS, account, check_books_for, serves
from services.booking.bookings import storage as bookings
from services.booking.bookings.alternatives import offer_alternatives
from services.booking.bookings.limited import check_limits, rules_broken
from services.booking.bookings.models import Booking
from services.booking.bookings.use_cases.book_space import claim, household_of, new_booking
from services.booking.doors.shown import LOOKS_AHEAD
from services.booking.doors.use_cases.see_doors import space_of, walks_in
from services.booking.doors.walk_ins import SHORTEST, possible_ends, start_of
from services.booking.interface.door_refusals import DoorCodeUnknown, NotUntilThen, NoWalkIn
from services.booking.interface.refusals import NeedsApproval, OutOfUse, SpaceTaken, TooSoon
from services.booking.spaces import storage as spaces
from services.booking.spaces.fair_opening import Asker
from services.booking.spaces.models import Space
from services.booking.spaces.timetable import Timetable


def walk_in(
    call: Call,
    *,
    space_id: UUID,
    ends_at: datetime | None = None,
    resident_id: UUID | None = None,
    attendees: int = 1,
    purpose: str | None = None,
    door_code: str | None = None,
    beyond_reason: str | None = None,
) -> Booking:
    """A booking from the next full minute until `ends_at` (aware; the default is the latest possible end), checked in and
    announced. Raises Unauthenticated, NotFound, Forbidden, NotForYourCommunity, DoorCodeUnknown, DoorCodeExpired, NoWalkIn,
    NeedsApproval, OverCapacity, OutOfUse, Closed, PartClosed, DecidedByLottery, SpaceTaken, NotUntilThen, LimitReached,
    CalendarChanged."""
    booked_by = account(call.acting)
    timetable = spaces.load_timetable(call.session, space_id, call.now, call.now + LOOKS_AHEAD)
    if timetable is None:
        raise NotFound(space_id=str(space_id))
    space, who = timetable.space, resident_id or booked_by
    timetable = timetable.asked_by(Asker.of(call.acting, who))
    check_books_for(call.acting, who, space.community_id)
    by = _check_may(call, space, door_code)
    if beyond_reason is not None and by != "staff":
        raise Forbidden(needs=sorted(HELPERS))
    space.check_capacity(attendees)
    starts_at, end = _span(call, timetable, ends_at, attendees)
    booking = new_booking(
        space,
        starts_at,
        end,
        resident_id=who,
        household_id=household_of(call.acting, who),
        home_id=call.acting.home_of(who),
        booked_by=booked_by,
        system_id=None,
        attendees=attendees,
        purpose=purpose,
        created_at=call.now,
        checked_in_at=call.now,
        checked_in_by=by,
        **timetable.marks(),
    )
    if beyond_reason is None:
        check_limits(call, booking, timetable)
    elif broken := [code for code in rules_broken(call, booking, timetable) if code != TooSoon.code]:
        booking.beyond_reason, booking.beyond_rules = beyond_reason, broken
    claim(call, booking, timetable)
    return booking


def _check_may(call: Call, space: Space, door_code: str | None) -> str:
    """In which role the caller lets somebody in (CHECKED_IN_BY). Raises NotForYourCommunity, DoorCodeUnknown, DoorCodeExpired,
    NoWalkIn, NeedsApproval."""
    if serves(call.acting, space.community_id, HELPERS):
        if space.needs_approval and not space.is_approver(call.acting):
            raise NeedsApproval()
        return "staff"
    space.check_open_to(call.acting)
    if door_code is None or not walks_in(call, space):
        raise NoWalkIn()
    at_door, fresh = space_of(call, door_code)
    if at_door.id != space.id:
        raise DoorCodeUnknown()
    if not fresh:  # a photo of a poster would let somebody book from home without notice
        raise NoWalkIn()
    return "resident"


def _span(call: Call, timetable: Timetable, ends_at: datetime | None, attendees: int) -> tuple[datetime, datetime]:
    """When the booking starts and ends. Raises OutOfUse, Closed, PartClosed, DecidedByLottery, SpaceTaken,
    NotUntilThen."""
    space, until = timetable.space, call.now + LOOKS_AHEAD
    blocked = bookings.blocked_spans(call.session, [timetable], call.now, until, call.now)[space.id]
    ends = possible_ends(timetable, blocked, call.now, int(until.timestamp()))
    start = start_of(call.now)
    if not ends:
        if space.is_out_of_use:
            raise OutOfUse()
        timetable.check_open(start, start + SHORTEST)
        timetable.check_lotteries(start, start + SHORTEST)
        shortest = new_booking(space, _moment(start), _moment(start + space.min_minutes * 60), attendees=attendees)
        raise SpaceTaken(alternatives=offer_alternatives(call, shortest))
    if ends_at is not None and ends_at.timestamp() not in ends:
        raise NotUntilThen(ends=[_moment(end).isoformat() for end in ends])
    return _moment(start), ends_at or _moment(ends[-1])


def _moment(instant: int) -> datetime:
    return datetime.fromtimestamp(instant, UTC)
