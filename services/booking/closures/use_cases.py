"""See, make and end closures. Admins of the community decide, the desk sees them."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from chassis.database.pagination import Page
from chassis.messaging import outbox
from chassis.rpc.call import Call
from chassis.rpc.refusal import Forbidden, NotFound
from services.booking.access import ADMIN, CLOSERS, DESK, account, narrowed
from services.booking.bookings import storage as bookings
from services.booking.bookings.requesting import decline_all
from services.booking.calendar import revision
from services.booking.calendar.models import Closure, ClosureSpace
from services.booking.changes.recording import record
from services.booking.claims.closed import tell_of_closure, tell_of_reopening, times_in_the_way
from services.booking.closures import storage
from services.booking.closures.displacing import displace
from services.booking.closures.preview import check_closure, find_hit, find_requests
from services.booking.interface.closures import FREE, KEEP, MOST_BOOKINGS
from services.booking.interface.refusals import ClosureImported, PlanOutdated

Decisions = Sequence[Mapping[str, Any]]


def list_closures(
    call: Call,
    *,
    limit: int,
    community_id: str | None = None,
    space_id: UUID | None = None,
    state: str | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
    cursor: str | None = None,
) -> Page[Closure]:
    """Closures of the communities in which the caller works: by default those that are not over. With `start` and `end` (aware)
    those that overlap the time between them. Raises Unauthenticated, Forbidden, InvalidField."""
    call.acting.require_role(*DESK)
    communities = narrowed(call.acting.reach, community_id)
    over = state == "over"
    return storage.list_closures(
        call.session,
        communities=communities,
        space_id=space_id,
        over=over,
        start=start,
        end=end,
        now=call.now,
        limit=limit,
        cursor=cursor,
    )


def get_closure(call: Call, *, closure_id: UUID) -> Closure:
    """Raises Unauthenticated, Forbidden, or NotFound for a closure of a community in which the caller does not work."""
    call.acting.require_role(*DESK)
    closure = storage.find_closure(call.session, closure_id)
    if closure is None or closure.community_id not in call.acting.reach:
        raise NotFound(closure_id=str(closure_id))
    return closure


def close_spaces(
    call: Call,
    *,
    community_id: str,
    whole: bool,
    space_ids: Sequence[UUID],
    starts_at: datetime,
    ends_at: datetime,
    reason: str,
    decisions: Decisions,
    without_answer: str = KEEP,
    outside_uid: str | None = None,
    note: Mapping[str, Any] | None = None,
) -> Closure:
    """Close the spaces, and move or cancel the bookings that are in the way, as `decisions` say; all in one transaction.
    Requests in the way are declined. A decision about a booking that is no longer in the way does nothing. Bookings that have
    started stay. Who is moved is asked whether the new time suits; `without_answer` (KEEP, FREE) is what silence means.
    Times of other services stay, too, and the services are told. Raises Unauthenticated, Forbidden, InvalidField,
    ClosureInPast, TooManyHit, ClosureImported, or PlanOutdated if a booking in the way has no decision or cannot move as
    decided."""
    check_closure(call, community_id, space_ids, starts_at)
    # The order of locks is: bookings, equipment, calendar, resources, claims. A booking that comes after the first statements
    # waits for this transaction and is then refused. One that came before is in `hit`.
    asked = find_requests(call, community_id, space_ids, starts_at, ends_at)
    storage.lock_bookings(call.session, community_id, [*(decision["booking_id"] for decision in decisions), *asked])
    revision.begin_change(call.session, community_id)
    if outside_uid is not None:
        _end_imported(call, community_id, outside_uid, starts_at, ends_at)
    about: dict[str, Any] = {"starts_at": starts_at, "ends_at": ends_at, "reason": reason, "note": note}
    closure = new_closure(call, community_id, space_ids, whole=whole, outside_uid=outside_uid, **about)
    found, claimed = find_hit(call, community_id, space_ids, starts_at, ends_at)
    hit = [one for one in found if one.starts_at > call.now]
    decided = {decision["booking_id"]: decision.get("move_to") for decision in decisions}
    if unknown := [str(booking.id) for booking in hit if booking.id not in decided]:
        raise PlanOutdated(bookings=unknown)
    closure.moved, closure.cancelled = displace(
        call, closure, [(booking, decided[booking.id]) for booking in hit], frees=without_answer == FREE
    )
    _decline_requests(call, community_id, space_ids, starts_at, ends_at, asked)
    tell_of_closure(call, closure.id, claimed)
    return announced(call, closure)


def new_closure(
    call: Call, community_id: str, space_ids: Sequence[UUID], *, note: Mapping[str, Any] | None, **about: Any
) -> Closure:
    """A closure by the caller, stored. The caller has begun a change of the calendar."""
    by = {"created_at": call.now, "created_by": account(call.acting)}
    closure = Closure(community_id=community_id, note=dict(note) if note else None, spaces=[], **by, **about)
    closure.spaces = [
        ClosureSpace(closure_id=closure.id, space_id=space_id, community_id=community_id) for space_id in space_ids
    ]
    call.session.add(closure)
    call.session.flush()
    return closure


def announced(call: Call, closure: Closure) -> Closure:
    """The new closure as it is shown, after it was noted in the history and announced."""
    record(call, "closure", str(closure.id), "created", community_id=closure.community_id, after=state_of(closure))
    revision.announce(call.session, call.now, closure.community_id, "closure")
    return get_closure_of(call, closure.id)


def _decline_requests(
    call: Call,
    community_id: str,
    space_ids: Sequence[UUID],
    starts_at: datetime,
    ends_at: datetime,
    locked: Sequence[UUID],
) -> None:
    """Decline the requests that are in the way, and tell those who asked. Raises PlanOutdated if one has come since `locked`
    were locked: no booking may be locked after the calendar."""
    found = find_requests(call, community_id, space_ids, starts_at, ends_at)
    if unknown := set(found) - set(locked):
        raise PlanOutdated(bookings=sorted(str(one) for one in unknown))
    asked = [one for one in bookings.lock_bookings(call.session, found) if one.state == "requested"]
    outbox.add(call.session, *decline_all(call, asked, "closed"))


def _end_imported(call: Call, community_id: str, outside_uid: str, starts_at: datetime, ends_at: datetime) -> None:
    """End the closure that the entry of an outside calendar has, because its time is another one now. A start that is over is
    no other time. Raises ClosureImported if the time is the same."""
    known = storage.lock_imported(call.session, community_id, outside_uid)
    if known is None:
        return
    same_start = known.starts_at == starts_at or (known.starts_at <= call.now and starts_at <= call.now + timedelta(minutes=2))
    if known.ends_at == ends_at and same_start:
        raise ClosureImported()
    if known.ends_at > call.now:
        _end(call, known, storage.named_spaces(call.session, known.id))
    else:
        known.outside_uid = None  # it is over, and the entry is another one now
    call.session.flush()


def end_closure(call: Call, *, closure_id: UUID, expected_version: int | None = None) -> dict[str, Any]:
    """End a closure now, or take it back if it has not begun. Bookings that it moved or cancelled stay so. Clerks end what the
    desk has blocked; everything else admins. Raises Unauthenticated, Forbidden, NotFound, VersionMismatch, ClosureOver."""
    call.acting.require_role(*CLOSERS)
    known = get_closure(call, closure_id=closure_id)
    if not known.may_be_ended_by(call.acting):
        raise Forbidden(needs=[ADMIN])
    space_ids = [one.space_id for one in known.spaces]
    revision.begin_change(call.session, known.community_id)
    closure = storage.lock_closure(call.session, closure_id)
    if closure is None:
        raise NotFound(closure_id=str(closure_id))
    closure.expect_version(expected_version)
    outcome = _end(call, closure, space_ids)
    revision.announce(call.session, call.now, closure.community_id, "closure")
    return {"id": closure_id, "community_id": closure.community_id, "outcome": outcome}


def _end(call: Call, closure: Closure, space_ids: Sequence[UUID]) -> str:
    """End or take back a closure of the spaces, which is locked, within a change of the calendar. Returns `ended` or
    `taken_back`. Raises ClosureOver."""
    touched = storage.touched_spaces(call.session, closure.community_id, space_ids)
    before, version, after = state_of(closure), closure.version + 1, None
    claimed = times_in_the_way(call, closure.community_id, touched, closure.starts_at, closure.ends_at, limit=MOST_BOOKINGS)
    if closure.starts_at > call.now:
        call.session.delete(closure)
        outcome = "taken_back"
    else:
        closure.end(call.now)
        outcome, after = "ended", state_of(closure)
    record(
        call,
        "closure",
        str(closure.id),
        outcome,
        community_id=closure.community_id,
        version=version,
        before=before,
        after=after,
    )
    tell_of_reopening(call, closure.id, claimed)
    return outcome


def get_closure_of(call: Call, closure_id: UUID) -> Closure:
    """The closure as it is stored now, with its spaces."""
    call.session.flush()
    call.session.expire_all()
    closure = storage.find_closure(call.session, closure_id)
    assert closure is not None  # noqa: S101 - it was stored in this transaction
    return closure


def state_of(closure: Closure) -> dict[str, Any]:
    """What the history shows of a closure."""
    return {
        "starts_at": closure.starts_at.isoformat(),
        "ends_at": closure.ends_at.isoformat(),
        "reason": closure.reason,
        "note": closure.note,
        "moved": closure.moved,
        "cancelled": closure.cancelled,
    }
