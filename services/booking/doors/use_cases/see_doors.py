"""The display beside a door, and check-in by residents with its code."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from chassis.rpc.call import Call
from chassis.rpc.refusal import NotFound
from services.booking.access import account
from services.booking.bookings import storage as bookings
from services.booking.bookings.models import Booking
from services.booking.bookings.presence import CHECK_IN_OPENS
from services.booking.doors import storage
from services.booking.doors.codes import DoorCode
from services.booking.doors.shown import LOOKS_AHEAD, Door, door_of
from services.booking.doors.walk_ins import possible_ends, start_of
from services.booking.interface.door_refusals import NothingToCheckIn
from services.booking.spaces import storage as spaces
from services.booking.spaces.fair_opening import Asker
from services.booking.spaces.models import Space

_A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class WalkInTimes:
    """When somebody who walks in now would start and could end. Times are aware."""

    space_id: UUID
    community_id: str
    starts_at: datetime
    free_ends: list[datetime]


@dataclass(frozen=True, slots=True)
class AtDoor:
    """What somebody can do at a door. `booking` is their own that is on or about to begin, `next_at` the start of the next."""

    door: Door
    booking: Booking | None
    next_at: datetime | None
    may_walk_in: bool


def get_door(call: Call, *, door_key: str) -> Door:
    """Raises NotFound, also for a key that was renewed. At most six statements."""
    space = storage.find_by_door_key(call.session, door_key)
    if space is None:
        raise NotFound()
    return _door(call, space)


def get_walk_in_times(call: Call, *, space_id: UUID) -> WalkInTimes:
    """Whoever asks: the rules for people are checked when they walk in. Raises NotFound. Two statements."""
    until = call.now + LOOKS_AHEAD
    timetable = spaces.load_timetable(call.session, space_id, call.now, until)
    if timetable is None:
        raise NotFound(space_id=str(space_id))
    timetable = timetable.asked_by(Asker.of(call.acting))
    blocked = bookings.blocked_spans(call.session, [timetable], call.now, until, call.now)[space_id]
    ends = possible_ends(timetable, blocked, call.now, int(until.timestamp()))
    starts_at = datetime.fromtimestamp(start_of(call.now), UTC)
    return WalkInTimes(space_id, timetable.space.community_id, starts_at, [datetime.fromtimestamp(end, UTC) for end in ends])


def get_at_door(call: Call, *, door_code: str) -> AtDoor:
    """Raises Unauthenticated, DoorCodeUnknown, DoorCodeExpired."""
    account(call.acting)
    space, fresh = space_of(call, door_code)
    here = _own_bookings(call, space)
    booking = _to_check_in(here, call.now)
    later = [one.starts_at for one in here if one is not booking and one.starts_at > call.now]
    return AtDoor(_door(call, space), booking, min(later, default=None), fresh and walks_in(call, space))


def check_in_at_door(call: Call, *, door_code: str) -> Booking:
    """The caller, or a child of theirs, is at the door: their booking that is on or about to begin is checked in. A second time
    changes nothing. Raises Unauthenticated, DoorCodeUnknown, DoorCodeExpired, NothingToCheckIn."""
    account(call.acting)
    space, _ = space_of(call, door_code)
    here = _own_bookings(call, space, lock=True)
    if (booking := _to_check_in(here, call.now)) is None:
        later = min((one.starts_at for one in here if one.starts_at > call.now), default=None)
        opens_at = later - CHECK_IN_OPENS if later else None
        raise NothingToCheckIn(
            next_at=later.isoformat() if later else None, opens_at=opens_at.isoformat() if opens_at else None
        )
    booking.check_in(call.now, by="resident")
    return booking


def space_of(call: Call, door_code: str) -> tuple[Space, bool]:
    """The space at whose door the code was scanned, and whether the code proves that this was minutes ago: that of a poster
    does not. Raises DoorCodeUnknown, DoorCodeExpired."""
    code = DoorCode.read(door_code)
    return code.check(spaces.find_space(call.session, code.space_id), call.now), not code.is_poster


def walks_in(call: Call, space: Space) -> bool:
    """Whether the caller may take the space without asking anybody."""
    return space.takes_walk_ins and not space.needs_approval and space.is_open_to(call.acting)


def _door(call: Call, space: Space) -> Door:
    timetable = spaces.load_timetable(call.session, space.id, call.now, call.now + LOOKS_AHEAD)
    if timetable is None:
        raise NotFound()
    return door_of(call, timetable)


def _own_bookings(call: Call, space: Space, *, lock: bool = False) -> list[Booking]:
    if space.door_check_in == "off":
        return []
    own = [UUID(one) for one in call.acting.own_ids()]
    return list(storage.bookings_at(call.session, space, own, call.now, call.now + _A_DAY, lock=lock))


def _to_check_in(here: list[Booking], now: datetime) -> Booking | None:
    """Of the bookings that are on or about to begin, the first in which nobody has checked in yet; if there is none, the last
    one. Somebody whose second booking follows the first checks in for it too, before the first has ended."""
    open_ = [one for one in here if one.starts_at - CHECK_IN_OPENS <= now < one.ends_at]
    return next((one for one in open_ if one.checked_in_at is None), open_[-1] if open_ else None)
