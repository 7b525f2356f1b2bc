"""The codes of bookings, for their residents and for the desk."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.database.pagination import Page
from chassis.rpc.call import Call
from chassis.rpc.communities import Communities
from chassis.rpc.refusal import Forbidden
from services.booking.access import DESK, HELPERS, narrowed, serves
from services.booking.bookings import storage as bookings
from services.booking.bookings.models import Booking
from services.booking.bookings.use_cases.find_bookings import check_visible
from services.booking.interface.locks import PORTER
from services.booking.locks import storage
from services.booking.locks.making import valid_time
from services.booking.locks.models import AHEAD, DoorCode, DoorLock, LockState
from services.booking.locks.storage import Wanted


@dataclass(frozen=True, slots=True)
class DoorShown:
    """A lock on the way to a space, and whether it has the code."""

    lock_id: UUID
    name: dict[str, Any]
    kind: str
    on_lock: bool


@dataclass(frozen=True, slots=True)
class CodeShown:
    """How the code of a booking stands (CODE_STATES). Times are aware."""

    booking_id: UUID
    resident_id: UUID
    number: str
    space_id: UUID
    space_name: dict[str, Any]
    starts_at: datetime
    ends_at: datetime
    attendees: int
    state: str
    valid_from: datetime | None
    valid_until: datetime | None
    doors: list[DoorShown]
    door_code: str | None


def get_door_code(call: Call, *, booking_id: UUID) -> CodeShown:
    """For the resident or guardian, and for who helps at the desk of its community. Raises Unauthenticated, NotFound, and
    Forbidden for others who see the booking."""
    booking = check_visible(call, bookings.find_booking(call.session, booking_id), booking_id)
    if not call.acting.speaks_for(booking.resident_id) and not serves(call.acting, booking.community_id, HELPERS):
        raise Forbidden(needs=sorted(HELPERS))
    (shown,) = _shown(call, [booking], with_code=True)
    return shown


def list_door_codes(
    call: Call, *, start: datetime, end: datetime, limit: int, community_id: str | None = None, cursor: str | None = None
) -> Page[CodeShown]:
    """How the codes of bookings stand that start in a time, at the desk. Raises Unauthenticated, Forbidden, InvalidField."""
    call.acting.require_role(*DESK)
    return _listed(call, start, end, narrowed(call.acting.reach, community_id), limit, cursor, with_code=False)


def reveal_door_codes(
    call: Call, *, start: datetime, end: datetime, limit: int, community_id: str | None = None, cursor: str | None = None
) -> Page[CodeShown]:
    """The same with the codes, for who helps residents. The caller logs who has looked. Raises as `list_door_codes`."""
    call.acting.require_role(*HELPERS)
    return _listed(call, start, end, narrowed(call.acting.reach, community_id), limit, cursor, with_code=True)


def _listed(
    call: Call, start: datetime, end: datetime, reach: Communities, limit: int, cursor: str | None, *, with_code: bool
) -> Page[CodeShown]:
    about: dict[str, Any] = {"communities": reach, "start": start, "end": end, "limit": limit, "cursor": cursor}
    found = storage.bookings_with_doors(call.session, **about)
    return Page(_shown(call, found.items, with_code=with_code), found.next_cursor)


def _shown(call: Call, listed: Sequence[Booking], *, with_code: bool) -> list[CodeShown]:
    """Three statements for any number of bookings."""
    locks = storage.locks_of(call.session, sorted({one.space_id for one in listed}))
    codes = storage.codes_of(call.session, [one.id for one in listed])
    states = storage.states_of(call.session, sorted({lock.id for some in locks.values() for lock in some}))
    return [_one(call.now, one, codes.get(one.id), locks.get(one.space_id, []), states, with_code=with_code) for one in listed]


def _one(
    now: datetime,
    booking: Booking,
    code: DoorCode | None,
    locks: Sequence[DoorLock],
    states: dict[UUID, LockState],
    *,
    with_code: bool,
) -> CodeShown:
    digits = code.code if code is not None else None
    code = code if digits else None  # one that nobody can read is as good as none, until a new one is made
    doors = [DoorShown(lock.id, lock.name, lock.kind, _has(lock, states.get(lock.id), code)) for lock in locks]
    valid = valid_time(booking) if locks and booking.state == "confirmed" else None
    state = _state(now, valid, code, doors)
    return CodeShown(
        booking_id=booking.id,
        resident_id=booking.resident_id,
        number=booking.number,
        space_id=booking.space_id,
        space_name=booking.space.name,
        starts_at=booking.starts_at,
        ends_at=booking.ends_at,
        attendees=booking.attendees,
        state=state,
        valid_from=valid[0] if valid else None,
        valid_until=valid[1] if valid else None,
        doors=doors,
        door_code=digits if with_code and state in ("waiting", "ready") else None,
    )


def _has(lock: DoorLock, state: LockState | None, code: DoorCode | None) -> bool:
    """Whether the lock has this code for this time. The porter's list has every code that there is."""
    if code is None:
        return False
    if lock.kind == PORTER:
        return True
    entry = Wanted(code.booking_id, code.sealed_code, code.code_index, code.valid_from, code.valid_until).entry()
    return state is not None and state.told.get(str(code.booking_id)) == entry


def _state(now: datetime, valid: tuple[datetime, datetime] | None, code: DoorCode | None, doors: Sequence[DoorShown]) -> str:
    if valid is None:
        return "none"
    if valid[1] <= now:
        return "over"
    if code is None:
        return "making" if valid[0] <= now + AHEAD else "later"
    return "ready" if all(door.on_lock for door in doors) else "waiting"
