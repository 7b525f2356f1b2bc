"""Remember that an attempt was refused, and what had the time. It runs in a transaction of its own after the refusal."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from chassis.background.expiry import Expiry
from chassis.rpc.call import Call
from chassis.rpc.identity import Identity
from chassis.rpc.refusal import Refusal
from services.booking.access import HELPERS, WRITE, serves, system_of
from services.booking.bookings import storage as bookings
from services.booking.explanations import storage
from services.booking.explanations.models import InTheWay, RefusedAttempt
from services.booking.interface.refusals import SpaceTaken
from services.booking.settings import booking_settings
from services.booking.spaces import storage as spaces
from services.booking.spaces.models import LONGEST_BOOKING, Space

OWN = "booking."  # only these refusals are about the rules of a space; others are about the request
MOST_PER_HOUR = 60  # attempts of one resident that are remembered; two at once may be one more
_PASSING = ("alternatives",)  # details that are of that moment only


def booking_refused(
    call: Call,
    refusal: Refusal,
    *,
    space_id: UUID,
    starts_at: datetime,
    ends_at: datetime,
    attendees: int,
    resident_id: UUID | None = None,
    **_: Any,
) -> None:
    """`book_space` was refused. At most four statements."""
    resident = resident_id or (UUID(call.acting.account_id) if call.acting.account_id else None)
    space = spaces.find_space(call.session, space_id) if refusal.code.startswith(OWN) else None
    if space is None or resident is None or not _acts_for(call.acting, resident, space):
        return
    found = _holders(call, refusal, space_id, starts_at, ends_at)
    _add(call, refusal, "book_space", space, resident, starts_at, ends_at, attendees=attendees, holders=found)


def move_refused(
    call: Call,
    refusal: Refusal,
    *,
    booking_id: UUID,
    starts_at: datetime,
    ends_at: datetime,
    space_id: UUID | None = None,
    **_: Any,
) -> None:
    """`reschedule_booking` was refused. At most five statements."""
    booking = bookings.find_booking(call.session, booking_id) if refusal.code.startswith(OWN) else None
    if booking is None or not _acts_for(call.acting, booking.resident_id, booking.space):
        return
    space = spaces.find_space(call.session, space_id) if space_id is not None else booking.space
    if space is None or space.community_id != booking.community_id:
        return
    found = _holders(call, refusal, space.id, starts_at, ends_at, but=booking.id)
    about: dict[str, Any] = {"attendees": booking.attendees, "booking_id": booking.id, "holders": found}
    _add(call, refusal, "reschedule_booking", space, booking.resident_id, starts_at, ends_at, **about)


def expiries() -> Sequence[Expiry]:
    """Old attempts are deleted, in batches."""
    return (Expiry("refused_attempt", "at", timedelta(days=booking_settings().keep_refused_days)),)


def _acts_for(acting: Identity, resident_id: UUID, space: Space) -> bool:
    """Whether the caller could have booked for the resident. Nobody else adds rows about a resident."""
    if acting.system_id is not None:
        return space.community_id in acting.reach_of(WRITE)
    return acting.speaks_for(resident_id) or serves(acting, space.community_id, HELPERS)


def _holders(
    call: Call, refusal: Refusal, space_id: UUID, starts_at: datetime, ends_at: datetime, *, but: UUID | None = None
) -> list[InTheWay]:
    if not isinstance(refusal, SpaceTaken):
        return []
    timetable = spaces.load_timetable(call.session, space_id, starts_at, min(ends_at, starts_at + LONGEST_BOOKING))
    if timetable is None:
        return []
    return storage.holders_of(call.session, timetable, starts_at, ends_at, call.now, but=but)


def _add(
    call: Call,
    refusal: Refusal,
    attempt: str,
    space: Space,
    resident_id: UUID,
    starts_at: datetime,
    ends_at: datetime,
    *,
    attendees: int,
    holders: list[InTheWay],
    booking_id: UUID | None = None,
) -> None:
    if storage.has_many(call.session, resident_id, call.now - timedelta(hours=1), MOST_PER_HOUR):
        return  # whoever tries on and on must not fill the table
    call.session.add(
        RefusedAttempt(
            id=uuid7(),
            community_id=space.community_id,
            at=call.now,
            attempt=attempt,
            space_id=space.id,
            booking_id=booking_id,
            resident_id=resident_id,
            asked_by=None if system_of(call.acting) is not None else UUID(call.acting.signed_in()),
            starts_at=starts_at,
            ends_at=ends_at,
            attendees=attendees,
            code=refusal.code,
            sentence=refusal.in_words(),
            details={name: value for name, value in refusal.details.items() if name not in _PASSING},
            had_the_time=[one.to_json() for one in holders],
        )
    )
