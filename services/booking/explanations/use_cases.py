"""Explain what stands in the way of a booking now, and see what was refused."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.database.pagination import Page
from chassis.rpc.call import Call
from chassis.rpc.refusal import NotFound, Refusal
from services.booking.access import account, check_books_for, looked_at, narrowed
from services.booking.bookings import no_shows
from services.booking.bookings.asking import for_caller
from services.booking.bookings.limited import refused, uses_of
from services.booking.bookings.use_cases.book_space import household_of, new_booking
from services.booking.explanations import storage
from services.booking.explanations.models import InTheWay, RefusedAttempt
from services.booking.explanations.rules_in_words import SpaceRule, rules_of
from services.booking.interface.refusals import NotForYourCommunity, SpaceTaken
from services.booking.limits import storage as limits
from services.booking.spaces import storage as spaces
from services.booking.spaces.models import LONGEST_BOOKING
from services.booking.spaces.timetable import Timetable


@dataclass(frozen=True, slots=True)
class Obstacle:
    """A rule that a wish breaks."""

    code: str
    sentence: dict[str, str]
    details: dict[str, Any]

    @classmethod
    def of(cls, refusal: Refusal) -> "Obstacle":
        return cls(refusal.code, refusal.in_words(), refusal.details)


@dataclass(frozen=True, slots=True)
class Explanation:
    """All that stands in the way of a booking of a space from `starts_at` to `ends_at`, and the rules of the space."""

    space_id: UUID
    starts_at: datetime
    ends_at: datetime
    obstacles: list[Obstacle]
    in_the_way: list[InTheWay]
    rules: list[SpaceRule]

    @property
    def possible(self) -> bool:
        return not self.obstacles


def explain_time(
    call: Call,
    *,
    space_id: UUID,
    starts_at: datetime,
    ends_at: datetime,
    attendees: int = 1,
    resident_id: UUID | None = None,
) -> Explanation:
    """What stands in the way of a booking by the caller, or for `resident_id`, now: every rule that it breaks. Times are aware.
    Visitors have no limits. Raises NotFound, Forbidden. At most seven statements."""
    until = max(starts_at, min(ends_at, starts_at + LONGEST_BOOKING))
    timetable = spaces.load_timetable(call.session, space_id, starts_at, until)
    if timetable is None:
        raise NotFound(space_id=str(space_id))
    space, who = timetable.space, resident_id or (UUID(call.acting.account_id) if call.acting.account_id else None)
    if who is not None:
        check_books_for(call.acting, who, space.community_id)
    (timetable,) = for_caller(call, [timetable], who)
    holders = storage.holders_of(call.session, timetable, starts_at, until, call.now) if starts_at < until else []
    known = limits.limits_in_force(call.session, space.community_id, timetable.revision)
    return Explanation(
        space.id,
        starts_at,
        ends_at,
        [Obstacle.of(one) for one in _obstacles(call, timetable, starts_at, ends_at, attendees, who, bool(holders))],
        [one.shown_to(call.acting, space.community_id) for one in holders],
        rules_of(space, known),
    )


def _obstacles(
    call: Call,
    timetable: Timetable,
    starts_at: datetime,
    ends_at: datetime,
    attendees: int,
    resident_id: UUID | None,
    taken: bool,
) -> Iterator[Refusal]:
    space = timetable.space
    if resident_id is not None and not space.is_open_to(call.acting):
        yield NotForYourCommunity(open_to=space.open_to)
    yield from timetable.obstacles(starts_at, ends_at, attendees, call.now)
    if resident_id is not None and starts_at < ends_at:
        household = household_of(call.acting, resident_id)
        wish = new_booking(space, starts_at, ends_at, resident_id=resident_id, household_id=household)
        if too_many := no_shows.why_not(call, wish, timetable):
            yield too_many
        yield from (refused([use]) for use in uses_of(call, wish, timetable) if not use.fits)
    if taken:
        yield SpaceTaken()


def list_refused_attempts(
    call: Call,
    *,
    scope: str,
    limit: int,
    community_id: str | None = None,
    resident_id: UUID | None = None,
    space_id: UUID | None = None,
    cursor: str | None = None,
) -> Page[RefusedAttempt]:
    """`scope` is `mine` for the attempts of the caller and of the caller's children, or `desk` for those in the communities in
    which it works. The latest first. Raises Unauthenticated, Forbidden, InvalidField."""
    communities, resident_ids = looked_at(call.acting, scope, resident_id)
    return storage.list_attempts(
        call.session,
        communities=narrowed(communities, community_id),
        resident_ids=resident_ids,
        space_id=space_id,
        limit=limit,
        cursor=cursor,
    )


def get_refused_attempt(call: Call, *, attempt_id: UUID) -> RefusedAttempt:
    """Raises Unauthenticated, or NotFound for an attempt that the caller may not see."""
    account(call.acting)
    attempt = storage.find(call.session, attempt_id)
    if attempt is None or not attempt.is_seen_by(call.acting):
        raise NotFound(attempt_id=str(attempt_id))
    return attempt
