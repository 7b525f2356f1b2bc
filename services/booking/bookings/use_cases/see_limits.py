"""What is left of limits before one books, and whom a new limit would concern."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from chassis.rpc.call import Call
from chassis.rpc.refusal import NotFound
from services.booking.access import check_books_for
from services.booking.bookings import storage
from services.booking.bookings.limited import uses_of
from services.booking.bookings.no_shows import NoShowStanding, standing_of
from services.booking.bookings.use_cases.book_space import household_of, new_booking
from services.booking.calendar.storage import zone_of
from services.booking.interface.limits import MOST_OVER
from services.booking.limits import storage as limits
from services.booking.limits.counting import Span, Use, earliest, use_of
from services.booking.limits.models import Limit
from services.booking.limits.use_cases import new_limit
from services.booking.spaces import storage as spaces


@dataclass(frozen=True, slots=True)
class SpaceLimit:
    """A limit, and its use by one person or household. For visitors there is no use."""

    limit: Limit
    use: Use | None = None

    @property
    def limit_id(self) -> UUID:
        return self.limit.id

    @property
    def taken(self) -> int | None:
        return self.use.taken if self.use else None

    @property
    def left(self) -> int | None:
        return self.use.left if self.use else None

    @property
    def again_at(self) -> datetime | None:
        return self.use.again_at if self.use else None

    def __getattr__(self, name: str) -> Any:
        return getattr(self.limit, name)


@dataclass(frozen=True, slots=True)
class SpaceLimits:
    """The limits of a space, and how one person stands with its rule about no-shows. None: it has none, or for visitors."""

    items: list[SpaceLimit]
    no_shows: NoShowStanding | None = None
    next_cursor: None = None


@dataclass(frozen=True, slots=True)
class PeopleOver:
    """Of how many it is over; `resident_ids` are the first MOST_OVER of them, if it is of residents."""

    people_over: int
    complete: bool
    resident_ids: list[UUID]


def get_space_limits(call: Call, *, space_id: UUID, at: datetime | None = None, resident_id: UUID | None = None) -> SpaceLimits:
    """The limits of a space, and what is left of them to the caller, or to `resident_id`, around the shortest booking from `at`
    (aware; the default is now). Visitors get the limits alone. Raises NotFound, Forbidden. At most five statements."""
    at = at or call.now
    timetable = spaces.load_timetable(call.session, space_id, at, at)
    if timetable is None:
        raise NotFound(space_id=str(space_id))
    space = timetable.space
    if call.acting.account_id is None:
        known = limits.limits_in_force(call.session, space.community_id, timetable.revision)
        return SpaceLimits([SpaceLimit(limit) for limit in known if limit.covers_space(space)])
    who = resident_id or UUID(call.acting.account_id)
    check_books_for(call.acting, who, space.community_id)
    shortest = new_booking(
        space,
        at,
        at + timedelta(minutes=space.min_minutes),
        resident_id=who,
        household_id=household_of(call.acting, who),
    )
    uses = [SpaceLimit(use.limit, use) for use in uses_of(call, shortest, timetable)]
    return SpaceLimits(uses, standing_of(call, space, who))


def get_limit_preview(call: Call, **about: Any) -> PeopleOver:
    """How many residents, or households, have booked more than a new limit would allow, counting from today on. `about` are the
    fields of `add_limit`. Raises what `new_limit` raises. Two statements."""
    limit = new_limit(call, **about)
    zone = zone_of(call.session, limit.of_community)
    after = earliest(limit, (call.now, call.now), call.now, zone)
    counted = storage.bookings_of_place(call.session, limit, after)
    by_subject: dict[UUID, list[Span]] = defaultdict(list)
    for one in counted:
        if (subject := one.subject_of(limit)) is not None:
            by_subject[subject].append(one.span)

    def is_over(spans: list[Span]) -> bool:
        others = ([span for span in spans if span is not wanted] for wanted in spans)
        return any(not use_of(limit, rest, wanted, call.now, zone).fits for wanted, rest in zip(spans, others, strict=True))

    over = sorted(subject for subject, spans in by_subject.items() if is_over(spans))
    named = over[:MOST_OVER] if limit.subject == "resident" else []
    return PeopleOver(len(over), len(counted) < storage.MOST_COUNTED, named)
