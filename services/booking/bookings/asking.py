"""Timetables for whom they are asked, with what the first wave of an opening must know of their household."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.rpc.call import Call
from services.booking.bookings import storage
from services.booking.bookings.models import Booking
from services.booking.equipment.storage import lock_kinds
from services.booking.interface.refusals import NotOpenYet
from services.booking.limits.storage import lock_subjects, subjects_of
from services.booking.spaces import storage as spaces
from services.booking.spaces.fair_opening import Asker
from services.booking.spaces.timetable import Timetable


def find_timetable(
    call: Call,
    space_id: UUID,
    starts_at: datetime,
    ends_at: datetime,
    attendees: int,
    *,
    resident_id: UUID,
    asker: Asker,
    moving: Booking | None = None,
    beyond: bool = False,
    equipment: Sequence[Mapping[str, Any]] = (),
) -> Timetable | None:
    """`spaces.find_timetable` for a booking of the resident, perhaps one that moves (`moving`). If only the uses of the
    household can tell whether the week is open for them, they are read under the lock that limits take, so that a household
    does not come first twice at once. Then three statements more, and one for the locks of the kinds of `equipment` that the
    booking wants: equipment is locked before limits."""
    about = (call.session, call.acting, space_id, starts_at, ends_at, attendees, call.now)
    try:
        return spaces.find_timetable(*about, asker=asker, beyond=beyond)
    except NotOpenYet as refusal:
        details = refusal.details
        if "rested" not in details["first"] or datetime.fromisoformat(details["first_opens_at"]) > call.now:
            raise
    if equipment:
        lock_kinds(call.session, [one["kind_id"] for one in equipment])
    known = replace(asker, last_uses=last_uses(call, resident_id, lock=True, instead_of=moving))
    return spaces.find_timetable(*about, asker=known, beyond=beyond)


def asker_of(call: Call, booking: Booking) -> Asker:
    """The resident of `booking`, for whom the caller asks for another time. What the booking knows of them counts too."""
    return Asker.of(call.acting, booking.resident_id, age=booking.elder_age, home_id=booking.home_id)


def for_caller(
    call: Call, timetables: Sequence[Timetable], resident_id: UUID | None = None, *, instead_of: Booking | None = None
) -> list[Timetable]:
    """The timetables for the resident `resident_id`, or for the caller if it is None. With `instead_of` they are for the
    resident of this booking or wish, who is to have another time. One statement, and only while a week is open for households
    that have not booked lately."""
    if instead_of is None:
        asker = Asker.of(call.acting, resident_id)
    else:
        resident_id, asker = instead_of.resident_id, asker_of(call, instead_of)
    asks_for = resident_id or (UUID(call.acting.account_id) if call.acting.account_id else None)
    if asks_for is not None and any(
        one.fair is not None and one.fair.depends_on_uses(asker, call.now, one.days.zone) for one in timetables
    ):
        asker = replace(asker, last_uses=last_uses(call, asks_for, instead_of=instead_of))
    return [one.asked_by(asker) for one in timetables]


def last_uses(call: Call, resident_id: UUID, *, lock: bool = False, instead_of: Booking | None = None) -> dict[str, datetime]:
    """The latest start of the bookings of the resident and the household by kind of space. The booking `instead_of` does not
    count; its household does if the call names none. One statement, and one for the lock."""
    household = call.acting.household_of(resident_id)
    but, household_id = (None, None) if instead_of is None else (instead_of.id, instead_of.household_id)
    household_id = UUID(household) if household else household_id
    if lock:
        lock_subjects(call.session, subjects_of(resident_id, household_id))
    with call.session.no_autoflush:
        return storage.last_uses(call.session, resident_id, household_id, call.now, but=but)
