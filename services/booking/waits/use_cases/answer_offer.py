"""Accept or decline a time that is held for who waits. Staff do it for residents."""

from uuid import UUID

from chassis.messaging import outbox
from chassis.rpc.call import Call
from services.booking.access import account
from services.booking.bookings import storage as bookings
from services.booking.bookings.limited import check_limits
from services.booking.bookings.messages import about_equipment, booking_message, moved_from
from services.booking.bookings.messages import staff_reason as words_of
from services.booking.bookings.models import Booking
from services.booking.bookings.use_cases.book_space import household_of, new_booking
from services.booking.calendar.revision import hold
from services.booking.equipment.taking import keep_equipment, lock_kept
from services.booking.interface.refusals import OfferOver
from services.booking.ledger import storage as ledger
from services.booking.spaces import storage as spaces
from services.booking.spaces.timetable import Timetable
from services.booking.waits import storage
from services.booking.waits.models import Wait, WaitOffer
from services.booking.waits.shown import WaitShown, shown
from services.booking.waits.use_cases.find_waits import lock_visible


def accept_offer(call: Call, *, wait_id: UUID, offer_id: UUID) -> Booking:
    """The held time becomes a booking, or the booking moves there, which is announced. An offer that was accepted before gives
    its booking again. Raises Unauthenticated, NotFound, Forbidden, OfferOver, NotReschedulable, CancelDeadlinePassed, the
    refusals of Timetable.check_request, LimitReached, CalendarChanged."""
    wait = lock_visible(call, wait_id)
    wait.check_changed_by(call.acting)
    offer = storage.find_offer(call.session, offer_id)
    if offer is None or offer.wait_id != wait.id:
        raise OfferOver()
    if offer.state == "accepted":
        return _booked(call, wait, offer)
    if not offer.is_open(call.now):
        raise OfferOver()
    booking = _book(call, wait, offer) if wait.booking_id is None else _move(call, wait, wait.booking_id, offer)
    offer.settle("accepted", call.now)
    wait.end("fulfilled", call.now)
    return booking


def _booked(call: Call, wait: Wait, offer: WaitOffer) -> Booking:
    booking = bookings.find_booking(call.session, wait.booking_id or offer.id)
    if booking is None:
        raise OfferOver()
    return booking


def _book(call: Call, wait: Wait, offer: WaitOffer) -> Booking:
    timetable = _checked_timetable(call, wait, offer)
    booking = new_booking(
        offer.space,
        offer.starts_at,
        offer.ends_at,
        id=offer.id,
        resident_id=wait.resident_id,
        household_id=household_of(call.acting, wait.resident_id) or wait.household_id,
        home_id=call.acting.home_of(wait.resident_id),
        booked_by=account(call.acting),
        attendees=wait.attendees,
        created_at=call.now,
        **timetable.marks(),
    )
    check_limits(call, booking, timetable)
    hold(call.session, wait.community_id, timetable.revision)
    call.session.add(booking)
    call.session.flush()
    take_over(call, offer, booking, timetable)
    outbox.add(call.session, booking_message("booking.confirmed.v1", booking, call.now))
    return booking


def _move(call: Call, wait: Wait, booking_id: UUID, offer: WaitOffer) -> Booking:
    """Move the booking to the earlier time. Its later time is free then. Raises NotReschedulable, CancelDeadlinePassed."""
    booking = bookings.find_booking(call.session, booking_id, lock=True)
    if booking is None or booking.starts_at != wait.latest_at:
        raise OfferOver()  # it was moved meanwhile
    by = booking.role_of(call.acting)
    booking.check_movable(by, call.now)
    timetable = _checked_timetable(call, wait, offer)
    previous, why = (booking.space, booking.starts_at, booking.ends_at), booking.staff_reason_of(by, None)
    lock_kept(call.session, booking)
    booking.move_to(offer.space, offer.starts_at, offer.ends_at, call.now, staff_reason=why)
    booking.mark(**timetable.marks())
    check_limits(call, booking, timetable)
    hold(call.session, wait.community_id, timetable.revision)
    call.session.flush()
    ledger.give_back(call.session, booking.holder)
    take_over(call, offer, booking, timetable)
    keep_equipment(call, booking, "without")
    facts = moved_from(booking, *previous) | {"moved_by": by} | words_of(why) | about_equipment(booking)
    outbox.add(call.session, booking_message("booking.rescheduled.v1", booking, call.now, **facts))
    return booking


def _checked_timetable(call: Call, wait: Wait, offer: WaitOffer) -> Timetable:
    """The timetable of the space. A closure, or other hours, may have come since the offer: raises the refusals of
    Timetable.check_request."""
    timetable = spaces.load_timetable(call.session, offer.space_id, offer.starts_at, offer.ends_at)
    if timetable is None:
        raise OfferOver()
    timetable = timetable.asked_by(wait.asker)
    timetable.check_request(offer.starts_at, offer.ends_at, wait.attendees, call.now)
    return timetable


def take_over(call: Call, offer: WaitOffer, booking: Booking, timetable: Timetable) -> None:
    """Give what the offer holds to the booking. Raises OfferOver if it does not hold all any more."""
    if ledger.hand_over(call.session, offer.holder, booking.holder, call.now) != len(timetable.leaf_ids):
        raise OfferOver()


def decline_offer(call: Call, *, wait_id: UUID, offer_id: UUID) -> WaitShown:
    """Free the held time for the next in line. Who would take other times, too, goes on waiting, and is not offered this one
    again. Raises Unauthenticated, NotFound, Forbidden, OfferOver."""
    wait = lock_visible(call, wait_id)
    wait.check_changed_by(call.acting)
    offer = storage.open_offers(call.session, [wait_id]).get(wait_id)
    if offer is None or offer.id != offer_id or not offer.is_open(call.now):
        raise OfferOver()
    offer.settle("declined", call.now)
    ledger.release(call.session, offer.holder)
    if wait.is_exact:
        wait.end("declined", call.now)
    else:
        wait.go_on()
    return shown(call.session, [wait])[0]
