"""Book a space. Staff and other systems do it for residents."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.messaging import outbox
from chassis.rpc.call import Call
from chassis.rpc.identity import Identity
from chassis.rpc.refusal import Forbidden, InvalidField, NotFound
from chassis.rpc.rules import REQUIRED
from services.booking.access import HELPERS, WRITE, account, check_books_for, for_resident_of, serves, system_of
from services.booking.bookings import storage
from services.booking.bookings.alternatives import offer_alternatives, with_alternatives
from services.booking.bookings.asking import find_timetable, for_caller
from services.booking.bookings.limited import check_limits, rules_broken
from services.booking.bookings.messages import about_equipment, booking_message, requested
from services.booking.bookings.models import Booking
from services.booking.bookings.requesting import store_request
from services.booking.bookings.use_cases.find_bookings import find_movable
from services.booking.calendar.intervals import subtract
from services.booking.equipment.taking import NOTHING, Wish, lock_wish, take
from services.booking.interface.refusals import Closed, KeptForCounter, KeptForElders, PartClosed, SpaceTaken
from services.booking.spaces import storage as spaces
from services.booking.spaces.fair_opening import Asker
from services.booking.spaces.models import LONGEST_BOOKING, Space
from services.booking.spaces.timetable import Timetable


@dataclass(frozen=True, slots=True)
class TimeChecked:
    """A time that is free."""

    space_id: UUID
    community_id: str
    starts_at: datetime
    ends_at: datetime


def book_space(
    call: Call,
    *,
    space_id: UUID,
    starts_at: datetime,
    ends_at: datetime,
    resident_id: UUID | None = None,
    resident_community_id: str | None = None,
    attendees: int = 1,
    purpose: str | None = None,
    beyond_reason: str | None = None,
    as_elder: bool = False,
    equipment: Sequence[Mapping[str, Any]] = (),
    if_equipment_taken: str = "refuse",
) -> Booking:
    """A confirmed booking from `starts_at` to `ends_at` (aware), or a request if the space needs approval, announced. Another
    system books for `resident_id`, whose community is `resident_community_id`. With `beyond_reason`, clerks and grid workers of
    the space's community go beyond notice, horizon, opening, times kept for elders, the longest booking and limits; the reason
    is stored if they do. `as_elder`: they say that the resident is an elder, whose age is not known. Raises Unauthenticated,
    InvalidField, NotFound, NotForYourCommunity, the refusals of Timetable.check_request, Forbidden, LimitReached,
    CalendarChanged, or SpaceTaken with alternatives; with `equipment` also EquipmentNotHere, TooMuchEquipment,
    EquipmentTooSoon, EquipmentTaken. Two statements, including the message. Two more if a limit is about the space. One more
    each if the space's timetable or the limits are not cached, or the cached timetable refuses. Six more for a request, and
    four for equipment."""
    system_id = system_of(call.acting)
    if system_id is not None:
        if resident_id is None:
            raise InvalidField(REQUIRED, "resident_id")
        call = for_resident_of(call, resident_community_id)
    booked_by, beyond = None if system_id is not None else account(call.acting), beyond_reason is not None
    resident_id = resident_id or account(call.acting)
    about, asker = (starts_at, ends_at, attendees), Asker.of(call.acting, resident_id, as_elder=as_elder)
    try:
        timetable = find_timetable(
            call, space_id, *about, resident_id=resident_id, asker=asker, beyond=beyond, equipment=equipment
        )
    except (Closed, PartClosed, KeptForElders, KeptForCounter) as refusal:
        wish = _wish(call, space_id, *about, resident_id=resident_id, for_elder=as_elder)
        raise with_alternatives(call, refusal, wish) from None
    if timetable is None:
        raise NotFound(space_id=str(space_id))
    _check_books_for(call, resident_id, timetable.space.community_id)
    if (beyond or as_elder) and not serves(call.acting, timetable.space.community_id, HELPERS):
        raise Forbidden(needs=sorted(HELPERS))
    booking = new_booking(
        timetable.space,
        starts_at,
        ends_at,
        resident_id=resident_id,
        household_id=household_of(call.acting, resident_id),
        home_id=call.acting.home_of(resident_id),
        booked_by=booked_by,
        system_id=system_id,
        attendees=attendees,
        purpose=purpose,
        created_at=call.now,
        **timetable.marks(),
    )
    things = lock_wish(call, timetable.space, equipment, starts_at, beyond=beyond)
    booking.with_equipment = bool(things)
    if beyond:
        _go_beyond(call, booking, timetable, beyond_reason)
    else:
        check_limits(call, booking, timetable)
    if timetable.space.needs_approval:
        store_request(call, booking, timetable)
        if things:
            take(call, booking, things, if_equipment_taken)
        storage.count_competing(call.session, [booking])
        outbox.add(call.session, requested(booking, call.now, system_id=system_id))
    else:
        claim(call, booking, timetable, things, if_equipment_taken)
    return booking


def _check_books_for(call: Call, resident_id: UUID, community_id: str) -> None:
    """Raises Unauthenticated, Forbidden."""
    if call.acting.system_id is not None:
        call.acting.require_right(WRITE, community_id)
    else:
        check_books_for(call.acting, resident_id, community_id)


def check_time(
    call: Call,
    *,
    space_id: UUID,
    starts_at: datetime,
    ends_at: datetime,
    attendees: int = 1,
    moving: UUID | None = None,
) -> TimeChecked:
    """Whether a time can be booked now. With `moving` it is asked for the resident of this booking, whose time counts as free.
    Raises NotFound, also for a booking that the caller may not see, Forbidden for one that the caller may see but not move, the
    refusals of Timetable.check_request, or SpaceTaken with alternatives."""
    booking = None if moving is None else find_movable(call, moving)
    until = min(ends_at, starts_at + LONGEST_BOOKING)
    timetable = spaces.load_timetable(call.session, space_id, starts_at, until)
    if timetable is None:
        raise NotFound(space_id=str(space_id))
    (timetable,) = for_caller(call, [timetable], instead_of=booking)
    about = {} if booking is None else wished_instead(booking, timetable.space)
    wish = new_booking(timetable.space, starts_at, ends_at, attendees=attendees, **about)
    try:
        timetable.check_request(starts_at, ends_at, attendees, call.now)
    except (Closed, PartClosed, KeptForElders, KeptForCounter) as refusal:
        raise with_alternatives(call, refusal, wish) from None
    claims = storage.blocked_spans(call.session, [timetable], starts_at, ends_at, call.now, but=moving)[space_id]
    wanted = int(starts_at.timestamp()), int(ends_at.timestamp())
    if subtract([wanted], timetable.space.kept_from(claims)) != [wanted]:
        raise SpaceTaken(alternatives=offer_alternatives(call, wish))
    return TimeChecked(space_id, timetable.space.community_id, starts_at, ends_at)


def _wish(call: Call, space_id: UUID, starts_at: datetime, ends_at: datetime, attendees: int, **about: Any) -> Booking:
    """A booking that is only a wish, of a space that exists."""
    space = spaces.find_space(call.session, space_id)
    assert space is not None  # noqa: S101 - its timetable has refused
    return new_booking(space, starts_at, ends_at, attendees=attendees, **about)


def _go_beyond(call: Call, booking: Booking, timetable: Timetable, reason: str | None) -> None:
    """Store the reason with the rules that the booking breaks. A reason for nothing is not stored."""
    if broken := rules_broken(call, booking, timetable):
        booking.beyond_reason, booking.beyond_rules = reason, broken


def household_of(acting: Identity, resident_id: UUID) -> UUID | None:
    """The household of the resident, as the call names it."""
    household_id = acting.household_of(resident_id)
    return UUID(household_id) if household_id else None


def new_booking(space: Space, starts_at: datetime, ends_at: datetime, **details: Any) -> Booking:
    """A booking that is neither stored nor claimed yet."""
    return Booking(
        community_id=space.community_id,
        space_id=space.id,
        space=space,
        starts_at=starts_at,
        ends_at=ends_at,
        state="confirmed",
        **({"for_elder": False, "at_counter": False, "with_equipment": False} | details),
    )


def wished_instead(booking: Booking, space: Space) -> dict[str, Any]:
    """What a wish for another time in `space` has of `booking`. The time of the booking counts as free, because it has the same
    id."""
    who = {"resident_id": booking.resident_id, "household_id": booking.household_id, "home_id": booking.home_id}
    return {"id": booking.id, **who, "for_elder": booking.is_for_elder_in(space)}


def claim(call: Call, booking: Booking, timetable: Timetable, wish: Wish = NOTHING, if_equipment_taken: str = "refuse") -> None:
    """Store and announce `booking`, which was checked against `timetable`, with the equipment of `wish`. Raises SpaceTaken,
    EquipmentTaken, or CalendarChanged if the calendar has changed since `timetable` was loaded."""
    if not storage.claim_new(call.session, booking, timetable, call.now):
        raise SpaceTaken(alternatives=offer_alternatives(call, booking))
    if wish:
        take(call, booking, wish, if_equipment_taken)
    facts = about_equipment(booking)
    confirmed = booking_message("booking.confirmed.v1", booking, booking.created_at, system_id=booking.system_id, **facts)
    outbox.add(call.session, confirmed)
