"""Cancel, move or end a booking, or change its number of people or its purpose. Staff do it for residents. Other systems cancel
and move."""

from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.messaging import outbox
from chassis.rpc.call import Call
from chassis.rpc.refusal import Forbidden, NotFound
from services.booking.access import HELPERS, account, for_resident_of, serves, system_of
from services.booking.bookings import storage
from services.booking.bookings.alternatives import offer_alternatives, with_alternatives
from services.booking.bookings.asking import asker_of, find_timetable
from services.booking.bookings.limited import check_limits, rules_broken
from services.booking.bookings.messages import about_equipment, booking_message, moved_from
from services.booking.bookings.messages import staff_reason as words_of
from services.booking.bookings.models import Booking
from services.booking.bookings.requesting import place_request
from services.booking.bookings.use_cases.book_space import new_booking, wished_instead
from services.booking.bookings.use_cases.find_bookings import check_visible
from services.booking.equipment.taking import keep_equipment, lock_kept
from services.booking.interface.refusals import Closed, KeptForCounter, KeptForElders, PartClosed, SpaceTaken
from services.booking.ledger import storage as ledger
from services.booking.spaces import storage as spaces
from services.booking.spaces.models import Space
from services.booking.spaces.timetable import Timetable


def cancel_booking(
    call: Call,
    *,
    booking_id: UUID,
    reason: str | None = None,
    staff_reason: str | None = None,
    expected_version: int | None = None,
) -> Booking:
    """Cancel a booking, free its time, and announce it. `staff_reason` (STAFF_REASONS) is announced, `reason` is not. Raises
    Unauthenticated, NotFound, Forbidden, VersionMismatch, NotCancellable, CancelDeadlinePassed."""
    booking = _lock(call, booking_id, expected_version)
    system_id, by = system_of(call.acting), booking.role_of(call.acting)
    why = booking.staff_reason_of(by, staff_reason)
    booking.cancel(call.now, by=by, system_id=system_id, reason=reason, staff_reason=why)
    ledger.release(call.session, booking.holder)
    facts = {"cancelled_by": by} | words_of(why)
    outbox.add(call.session, booking_message("booking.cancelled.v1", booking, call.now, system_id=system_id, **facts))
    return booking


def reschedule_booking(
    call: Call,
    *,
    booking_id: UUID,
    starts_at: datetime,
    ends_at: datetime,
    space_id: UUID | None = None,
    resident_community_id: str | None = None,
    staff_reason: str | None = None,
    beyond_reason: str | None = None,
    if_equipment_taken: str = "refuse",
    expected_version: int | None = None,
) -> Booking:
    """Move a booking to another time (aware), perhaps in another space of its community, and announce it. Moving it to where it
    is changes and announces nothing. `staff_reason` (STAFF_REASONS) is announced. With `beyond_reason`, clerks and grid workers
    of its community go beyond the rules, as in `book_space`; the reason is stored if they do. `resident_community_id` is the
    community of its resident, if another system moves it. Raises Unauthenticated, NotFound, Forbidden, VersionMismatch,
    NotReschedulable, CancelDeadlinePassed, NotForYourCommunity, InvalidField for a space elsewhere, the refusals of
    Timetable.check_request, LimitReached, NeedsApproval, CalendarChanged, SpaceTaken, EquipmentTaken. A request stays one,
    unless it moves to a space that needs no approval. Its equipment comes with it: see `take` for `if_equipment_taken`."""
    booking = _lock(call, booking_id, expected_version)
    by = booking.role_of(call.acting)
    why = booking.staff_reason_of(by, staff_reason)
    if beyond_reason is not None and not serves(call.acting, booking.community_id, HELPERS):
        raise Forbidden(needs=sorted(HELPERS))
    booking.check_movable(by, call.now)
    if (system_id := system_of(call.acting)) is not None:
        call = for_resident_of(call, resident_community_id)
    previous, wanted_id = (booking.space, booking.starts_at, booking.ends_at), space_id or booking.space_id
    if (booking.space_id, *previous[1:]) == (wanted_id, starts_at, ends_at):
        return booking
    space = booking.space if wanted_id == booking.space_id else _space(call, wanted_id)
    lock_kept(call.session, booking)
    timetable = _timetable(call, booking, space, starts_at, ends_at, beyond=beyond_reason is not None)
    booking.check_approval(space, call.acting)
    booking.move_to(space, starts_at, ends_at, call.now, system_id=system_id, staff_reason=why)
    booking.mark(**timetable.marks())
    if beyond_reason is None:
        check_limits(call, booking, timetable)
    elif broken := rules_broken(call, booking, timetable):
        booking.note_move_beyond(call.now, by=account(call.acting), reason=beyond_reason, rules=broken)
    if booking.state == "requested":
        about = moved_from(booking, *previous) | words_of(why)
        placed = place_request(call, booking, timetable, if_equipment_taken, system_id=system_id, **about)
        outbox.add(call.session, placed)
        return _counted(call, booking)
    move_claims(call, booking, timetable, if_equipment_taken)
    facts = moved_from(booking, *previous) | {"moved_by": by} | words_of(why) | about_equipment(booking)
    outbox.add(call.session, booking_message("booking.rescheduled.v1", booking, call.now, system_id=system_id, **facts))
    return booking


def move_claims(call: Call, booking: Booking, timetable: Timetable, if_equipment_taken: str) -> None:
    """Claim the present time of the booking, and its equipment then. Raises SpaceTaken with alternatives, EquipmentTaken."""
    if not storage.move_claims(call.session, booking, timetable, call.now):
        raise SpaceTaken(alternatives=offer_alternatives(call, booking))
    keep_equipment(call, booking, if_equipment_taken)


def _timetable(
    call: Call, booking: Booking, space: Space, starts_at: datetime, ends_at: datetime, *, beyond: bool
) -> Timetable:
    """The timetable of `space`, which accepts `booking` at that time. Raises NotFound, NotForYourCommunity, and the refusals of
    Timetable.check_request; with alternatives if a closure is in the way, or if it is kept for others."""
    about = space.id, starts_at, ends_at, booking.attendees
    resident_id, asker = booking.resident_id, asker_of(call, booking)
    try:
        timetable = find_timetable(call, *about, resident_id=resident_id, asker=asker, moving=booking, beyond=beyond)
    except (Closed, PartClosed, KeptForElders, KeptForCounter) as refusal:
        wish = new_booking(space, starts_at, ends_at, attendees=booking.attendees, **wished_instead(booking, space))
        raise with_alternatives(call, refusal, wish) from None
    if timetable is None:
        raise NotFound(space_id=str(space.id))
    return timetable


def _space(call: Call, space_id: UUID) -> Space:
    """The space as a row of this transaction: the one in a timetable may come from a cache. Raises NotFound."""
    space = spaces.find_space(call.session, space_id)
    if space is None:
        raise NotFound(space_id=str(space_id))
    return space


def end_booking(call: Call, *, booking_id: UUID, expected_version: int | None = None) -> Booking:
    """End a booking that is going on, free the rest of its time, and announce it. Raises Unauthenticated, NotFound, Forbidden,
    VersionMismatch, NotRunning."""
    call.acting.signed_in()
    booking = _lock(call, booking_id, expected_version)
    by, previous = booking.role_of(call.acting), booking.ends_at
    booking.end_early(call.now)
    ledger.shorten(call.session, booking.holder, booking.space.blocked(booking.starts_at, booking.ends_at)[1])
    facts: dict[str, Any] = {"previous_ends_at": previous, "ended_by": by}
    outbox.add(call.session, booking_message("booking.ended_early.v1", booking, call.now, **facts))
    return booking


def change_attendees(call: Call, *, booking_id: UUID, attendees: int, expected_version: int | None = None) -> Booking:
    """Change the number of people of a booking, and announce it. The number that it has changes and announces nothing. Raises
    Unauthenticated, NotFound, Forbidden, VersionMismatch, AttendeesFixed, OverCapacity."""
    call.acting.signed_in()
    booking = _lock(call, booking_id, expected_version)
    booking.role_of(call.acting)
    previous = booking.attendees
    booking.change_attendees(attendees, call.now)
    if booking.attendees != previous:
        numbers: dict[str, Any] = {"attendees": booking.attendees, "previous_attendees": previous}
        outbox.add(call.session, booking_message("booking.attendees_changed.v1", booking, call.now, **numbers))
    return _counted(call, booking)


def change_purpose(call: Call, *, booking_id: UUID, purpose: str | None = None, expected_version: int | None = None) -> Booking:
    """Change the purpose of a booking, or remove it. Nothing is announced: no message has purposes. Raises Unauthenticated,
    NotFound, Forbidden, VersionMismatch, PurposeFixed."""
    booking = _lock(call, booking_id, expected_version)
    booking.role_of(call.acting)
    booking.change_purpose(purpose, call.now)
    return _counted(call, booking)


def _counted(call: Call, booking: Booking) -> Booking:
    call.session.flush()
    storage.count_competing(call.session, [booking])
    return booking


def _lock(call: Call, booking_id: UUID, expected_version: int | None) -> Booking:
    booking = check_visible(call, storage.find_booking(call.session, booking_id, lock=True), booking_id)
    booking.expect_version(expected_version)
    return booking
