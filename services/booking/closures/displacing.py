"""Moves and cancels the bookings that a closure is in the way of, in its transaction, and announces each of them once."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from chassis.messaging import outbox
from chassis.messaging.contracts import Message, plain
from chassis.rpc.call import Call
from chassis.rpc.refusal import Refusal
from services.booking.bookings import storage as bookings
from services.booking.bookings.messages import about_equipment, booking_message, moved_from
from services.booking.bookings.models import Booking
from services.booking.calendar.models import Closure
from services.booking.closures.offers import moved_by_staff
from services.booking.equipment.taking import keep_equipment
from services.booking.interface.closures import REASONS
from services.booking.interface.refusals import PlanOutdated
from services.booking.ledger import storage as ledger
from services.booking.questions.messages import asked_message
from services.booking.questions.models import DateQuestion
from services.booking.spaces import storage as spaces
from services.booking.spaces.timetable import Timetable

MoveTo = Mapping[str, Any]  # space_id, starts_at, ends_at


def displace(call: Call, closure: Closure, decided: Sequence[tuple[Booking, MoveTo | None]], *, frees: bool) -> tuple[int, int]:
    """Cancel each booking without a place to move to, then move the others and ask whether the new time suits. With `frees`, it
    is free again without an answer. The caller holds the locks of the bookings and of their equipment, and has begun a change
    of the calendar. Returns how many were moved and cancelled. Raises PlanOutdated if one cannot move there."""
    moves = [(booking, move_to) for booking, move_to in decided if move_to is not None]
    cancels = [booking for booking, move_to in decided if move_to is None]
    messages = [_cancel(call, closure, booking) for booking in cancels]
    timetables = _timetables(call, closure.community_id, [move_to for _, move_to in moves])
    for booking, _ in moves:  # first of all, because one may move to where another was
        ledger.release(call.session, booking.holder)
    for booking, move_to in moves:
        messages += _move(call, closure, booking, move_to, timetables, frees=frees)
    outbox.add(call.session, *messages)
    return len(moves), len(cancels)


def _cancel(call: Call, closure: Closure, booking: Booking) -> Message:
    label = REASONS.labels[closure.reason]["zh-CN"]
    note = (closure.note or {}).get("zh-CN")
    booking.cancel(call.now, by="staff", reason=f"{label}：{note}" if note else label)
    ledger.release(call.session, booking.holder)
    return booking_message("booking.cancelled.v1", booking, call.now, cancelled_by="staff", **_because(closure))


def _move(
    call: Call,
    closure: Closure,
    booking: Booking,
    move_to: MoveTo,
    timetables: Mapping[UUID, Timetable],
    *,
    frees: bool,
) -> list[Message]:
    """Two messages: the question tells the resident, so the first one says that they are asked."""
    timetable = timetables.get(move_to["space_id"])
    previous = booking.space, booking.starts_at, booking.ends_at
    starts_at, ends_at = move_to["starts_at"], move_to["ends_at"]
    try:
        if timetable is None:
            raise PlanOutdated()
        timetable = timetable.asked_by(moved_by_staff(booking))
        timetable.check_request(starts_at, ends_at, booking.attendees, call.now)
        booking.move_to(timetable.space, starts_at, ends_at, call.now)
        booking.mark(**timetable.marks())
        if not bookings.move_claims(call.session, booking, timetable, call.now):
            raise PlanOutdated()
        keep_equipment(call, booking, "without")
    except Refusal as refusal:
        raise PlanOutdated(bookings=[str(booking.id)]) from refusal
    space, started_at, ended_at = previous
    was = {"space_id": space.id, "space_name": space.name, "starts_at": started_at, "ends_at": ended_at}
    was["reason"] = REASONS.labels[closure.reason]
    was = {name: plain(value) for name, value in was.items()}
    question = DateQuestion.about_move(booking, closure.id, was, call.now, frees=frees)
    call.session.add(question)
    call.session.flush()
    facts = moved_from(booking, *previous) | _because(closure) | {"asked": True} | about_equipment(booking)
    return [
        booking_message("booking.rescheduled.v1", booking, call.now, **facts),
        asked_message(question, call.now),
    ]


def _because(closure: Closure) -> dict[str, Any]:
    """The reason is one of a short list. The note is never published."""
    return {"closure_id": closure.id, "closure_reason": REASONS.labels[closure.reason]}


def _timetables(call: Call, community_id: str, moves: Sequence[MoveTo]) -> dict[UUID, Timetable]:
    """Of the community, by space, over all the times to which bookings move. One statement."""
    if not moves:
        return {}
    start, end = min(one["starts_at"] for one in moves), max(one["ends_at"] for one in moves)
    found = spaces.load_centre_timetables(call.session, community_id, start, end, section=None, kind=None)
    return {timetable.space.id: timetable for timetable in found}
