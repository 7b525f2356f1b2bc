"""Wait for a time that is taken, and give it up. Staff do it for residents."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from chassis.rpc.call import Call
from chassis.rpc.communities import Communities
from chassis.rpc.refusal import Forbidden, NotFound
from services.booking.access import HELPERS, account, check_books_for, serves
from services.booking.bookings.alternatives import dump
from services.booking.bookings.use_cases.book_space import household_of
from services.booking.interface.refusals import AlreadyWaiting, NoLine, TimeIsFree, TooLateToWait, TooManyWaits, WindowTooWide
from services.booking.interface.waits import MOST_OPEN
from services.booking.limits.storage import lock_apart
from services.booking.spaces import storage as spaces
from services.booking.spaces.fair_opening import Asker
from services.booking.spaces.models import LONGEST_BOOKING
from services.booking.spaces.timetable import Timetable
from services.booking.waits import storage
from services.booking.waits.matching import free_times, times_for
from services.booking.waits.models import WAITING, Wait, last_chance
from services.booking.waits.offering import withdraw
from services.booking.waits.shown import WaitShown, shown
from services.booking.waits.use_cases.find_waits import lock_visible

DAY = timedelta(days=1)
MOST_ALTERNATIVES = 3


def wait_for_space(
    call: Call,
    *,
    space_id: UUID,
    starts_at: datetime,
    ends_at: datetime,
    alike: bool = False,
    earliest_at: datetime | None = None,
    latest_at: datetime | None = None,
    resident_id: UUID | None = None,
    attendees: int = 1,
    care: bool = False,
) -> WaitShown:
    """A place in line for the time from `starts_at` to `ends_at` (aware), which must be one that could be booked if nobody had
    it: so nobody waits for a closed time. With `earliest_at` and `latest_at`, another time of that local day between them will
    do; with `alike`, other spaces of the kind. `care`, for clerks and grid workers, puts it before others. Raises
    Unauthenticated, NotFound, Forbidden, NotForYourCommunity, the refusals of Timetable.check_request, WindowTooWide,
    TimeIsFree with alternatives, AlreadyWaiting, TooManyWaits, TooLateToWait, or NoLine for a space that needs approval."""
    asked_by = account(call.acting)
    resident_id = resident_id or asked_by
    # What comes free at the counter is for the next who comes there, so staff wait as the resident does.
    asker = replace(Asker.of(call.acting, resident_id), counters=Communities.only())
    about = space_id, starts_at, ends_at, attendees
    timetable = spaces.find_timetable(call.session, call.acting, *about, call.now, asker=asker)
    if timetable is None:
        raise NotFound(space_id=str(space_id))
    if timetable.space.needs_approval:
        raise NoLine()
    community_id = timetable.space.community_id
    check_books_for(call.acting, resident_id, community_id)
    if care and not serves(call.acting, community_id, HELPERS):
        raise Forbidden(needs=sorted(HELPERS))
    earliest_at, latest_at = earliest_at or starts_at, latest_at or ends_at
    _check_window(timetable, starts_at, ends_at, earliest_at, latest_at)
    candidates = alike_spaces(call, timetable, attendees, starts_at, ends_at) if alike else [timetable]
    wait = Wait(
        community_id=community_id,
        space_id=space_id,
        space_ids=[one.space.id for one in candidates],
        alike=alike,
        resident_id=resident_id,
        household_id=household_of(call.acting, resident_id),
        asked_by=asked_by,
        starts_at=starts_at,
        ends_at=ends_at,
        earliest_at=earliest_at,
        latest_at=latest_at,
        attendees=attendees,
        age=age_noted(asker, candidates),
        care=care,
    )
    return get_in_line(call, wait, [one.space.min_notice_minutes for one in candidates])


def get_in_line(call: Call, wait: Wait, notices: list[int]) -> WaitShown:
    """Store a new wait in spaces that need these notices (minutes). Raises TooLateToWait, TimeIsFree, AlreadyWaiting,
    TooManyWaits."""
    wait.open_until = last_chance(wait.latest_at, wait.length, notices)
    wait.asked_at, wait.state = call.now, WAITING
    if wait.open_until <= call.now:
        raise TooLateToWait()
    # One at a time, so that two requests at once do not both count too little.
    lock_apart(call.session, {("waits", wait.resident_id)})
    window = wait.earliest_at, wait.latest_at
    if storage.overlapping_open(call.session, wait.resident_id, *window, booking_id=wait.booking_id):
        raise AlreadyWaiting()
    if storage.count_open(call.session, wait.resident_id) >= MOST_OPEN:
        raise TooManyWaits(most=MOST_OPEN)
    # Afterwards nobody can free it unseen: a trigger compares the new wait with what is free by then.
    if free := times_for(wait, free_times(call.session, wait.community_id, [wait], call.now), call.now):
        raise TimeIsFree(alternatives=[dump(one) for one in free[:MOST_ALTERNATIVES]])
    call.session.add(wait)
    call.session.flush()
    return shown(call.session, [_reread(call, wait.id)])[0]


def _reread(call: Call, wait_id: UUID) -> Wait:
    """The timetable of its space may come from a cache, so the space is loaded."""
    wait = storage.find_wait(call.session, wait_id)
    assert wait is not None  # noqa: S101 - it was just stored
    return wait


def _check_window(timetable: Timetable, starts_at: datetime, ends_at: datetime, *window: datetime) -> None:
    """Raises WindowTooWide unless the window contains the time and is within its local day."""
    instants = [int(moment.timestamp()) for moment in (starts_at, ends_at, *window)]
    begins, until = timetable.days.day_around(instants[0], instants[1])
    if not begins <= instants[2] <= instants[0] < instants[1] <= instants[3] <= until:
        raise WindowTooWide()


def alike_spaces(call: Call, timetable: Timetable, attendees: int, starts_at: datetime, ends_at: datetime) -> list[Timetable]:
    """The space itself, and others of its kind and section that have room and are open to the caller."""
    until = min(ends_at, starts_at + LONGEST_BOOKING)
    own, *others = spaces.load_alike_timetables(call.session, timetable.space, attendees, starts_at, until)
    return [own, *(one for one in others if one.space.is_open_to(call.acting))]


def age_noted(asker: Asker, candidates: Sequence[Timetable]) -> int | None:
    """The age that a wait notes: only where times are kept for elders."""
    shares = (share for one in candidates if one.fair is not None for share in one.fair.shares)
    return asker.age if any(share.kept_for == "elders" for share in shares) else None


def cancel_wait(call: Call, *, wait_id: UUID, expected_version: int | None = None) -> WaitShown:
    """Stop waiting. What is held for it goes to the next in line. Raises Unauthenticated, NotFound, Forbidden, VersionMismatch,
    WaitOver."""
    wait = lock_visible(call, wait_id)
    wait.expect_version(expected_version)
    wait.check_changed_by(call.acting)
    wait.check_open()
    withdraw(call, wait)
    return shown(call.session, [wait])[0]
