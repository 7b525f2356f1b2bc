"""What a closure would be in the way of, and the plan for it. Changes nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from chassis.native_threads import in_thread
from chassis.rpc.call import Call
from chassis.rpc.refusal import InvalidField
from chassis.rpc.rules import UNKNOWN
from services.booking.access import administers
from services.booking.bookings import storage as bookings
from services.booking.bookings.limited import OtherTimes
from services.booking.bookings.models import Booking
from services.booking.calendar.opening_hours import ClosedTime
from services.booking.claims.closed import times_in_the_way
from services.booking.claims.models import ClaimedTime
from services.booking.closures import storage
from services.booking.closures.offers import AROUND, Offering, with_closure, without_hit
from services.booking.closures.planning import Hit, Locked, plan
from services.booking.closures.shifts import DAYS, Shift, like_closures
from services.booking.interface.closures import MOST_BOOKINGS
from services.booking.interface.refusals import ClosureInPast, TooManyHit
from services.booking.spaces import storage as spaces
from services.booking.spaces.timetable import Timetable

Decisions = Sequence[Mapping[str, Any]]
_SHIFTED = timedelta(days=DAYS + 1)


@dataclass(frozen=True, slots=True)
class ClosurePlan:
    """`claimed_times` are those of other services that are in the way, such as sessions of club events. `requests` is how many
    requests are. `fewer` is the same closure at times when fewer people would have to move."""

    community_id: str
    items: list[Hit]
    claimed_times: list[ClaimedTime]
    requests: int
    fewer: list[Shift]

    @property
    def people(self) -> int:
        """For whom the bookings are that have not started."""
        return sum(hit.booking.attendees for hit in self.items if not hit.started)

    @property
    def without_offer(self) -> int:
        """How many bookings the plan has no other time for."""
        return sum(not hit.started and not hit.offers and hit.locked is None for hit in self.items)


def preview_closure(
    call: Call,
    *,
    community_id: str,
    whole: bool,
    space_ids: Sequence[UUID],
    starts_at: datetime,
    ends_at: datetime,
    decisions: Decisions = (),
) -> ClosurePlan:
    """The bookings that such a closure is in the way of, with a plan for all of them that keeps what is decided already, the
    times of other services, and when fewer people would have to move. Changes nothing. Thirteen statements. Raises
    Unauthenticated, Forbidden, InvalidField, ClosureInPast, TooManyHit."""
    check_closure(call, community_id, space_ids, starts_at)
    hit, claimed = find_hit(call, community_id, space_ids, starts_at, ends_at)
    asked = find_requests(call, community_id, space_ids, starts_at, ends_at)
    started = [Hit(one, started=True) for one in hit if one.starts_at <= call.now]
    to_come = [one for one in hit if one.starts_at > call.now]
    if not (to_come or claimed):
        return ClosurePlan(community_id, started, claimed, len(asked), [])
    around = timetables_around(call, community_id, starts_at, ends_at, to_come)
    locked = {decision["booking_id"]: decision.get("move_to") for decision in decisions}
    planned = plan_moves(call, community_id, with_closure(around, space_ids, _closed(starts_at, ends_at)), to_come, locked)
    touched = storage.touched_spaces(call.session, community_id, space_ids)
    fewer = like_closures(call, community_id, space_ids, touched, around, starts_at, ends_at)
    return ClosurePlan(community_id, [*started, *planned], claimed, len(asked), fewer)


def plan_moves(
    call: Call, community_id: str, timetables: Sequence[Timetable], hit: Sequence[Booking], locked: Locked
) -> list[Hit]:
    """The plan for `hit`, which have not started. `timetables` are those of the community as they will be, over AROUND before
    and after them. Three statements."""
    if not hit:
        return []
    window = max(call.now, hit[0].starts_at - AROUND), max(one.ends_at for one in hit) + AROUND
    claims = bookings.blocked_spans(call.session, timetables, *window, call.now)
    others = OtherTimes(call, hit, timetables[0], window[0])
    offering = Offering(timetables, without_hit(timetables, claims, hit), call.now, others.suits)
    return in_thread(plan, offering, hit, locked)


def timetables_around(
    call: Call, community_id: str, starts_at: datetime, ends_at: datetime, hit: Sequence[Booking]
) -> list[Timetable]:
    """The timetables of the community, wide enough for the moves of `hit` and for shifts of the closure. One statement."""
    first = min(starts_at, *(one.starts_at for one in hit)) if hit else starts_at
    last = max(ends_at, *(one.ends_at for one in hit)) if hit else ends_at
    window = max(call.now, first - AROUND), last + AROUND
    shifts = max(call.now, starts_at - _SHIFTED), ends_at + _SHIFTED
    return spaces.load_centre_timetables(
        call.session, community_id, min(window[0], shifts[0]), max(window[1], shifts[1]), section=None, kind=None
    )


def check_closure(call: Call, community_id: str, space_ids: Sequence[UUID], starts_at: datetime) -> None:
    """Raises Unauthenticated, Forbidden, InvalidField, ClosureInPast."""
    if not administers(call.acting, community_id):
        raise InvalidField(UNKNOWN, "community_id")
    if starts_at < call.now.replace(second=0, microsecond=0):
        raise ClosureInPast()
    if space_ids and len(storage.known_spaces(call.session, community_id, space_ids)) < len(space_ids):
        raise InvalidField(UNKNOWN, "space_ids")


def find_hit(
    call: Call, community_id: str, space_ids: Sequence[UUID], starts_at: datetime, ends_at: datetime
) -> tuple[list[Booking], list[ClaimedTime]]:
    """The bookings, and the times of other services, that are in the way. Raises TooManyHit."""
    touched = storage.touched_spaces(call.session, community_id, space_ids)
    hit = storage.find_hit(call.session, community_id, touched, starts_at, ends_at, limit=MOST_BOOKINGS + 1)
    if len(hit) > MOST_BOOKINGS:
        raise TooManyHit(count=storage.count_hit(call.session, community_id, touched, starts_at, ends_at), most=MOST_BOOKINGS)
    claimed = times_in_the_way(call, community_id, touched, starts_at, ends_at, limit=MOST_BOOKINGS + 1)
    if len(claimed) > MOST_BOOKINGS:
        raise TooManyHit(count=len(claimed), most=MOST_BOOKINGS)
    return hit, claimed


def find_requests(
    call: Call, community_id: str, space_ids: Sequence[UUID], starts_at: datetime, ends_at: datetime
) -> Sequence[UUID]:
    """The ids of the requests that are in the way."""
    touched = storage.touched_spaces(call.session, community_id, space_ids)
    return storage.requests_in_the_way(call.session, community_id, touched, starts_at, ends_at)


def _closed(starts_at: datetime, ends_at: datetime) -> ClosedTime:
    return ClosedTime(int(starts_at.timestamp()), int(ends_at.timestamp()), "other")
