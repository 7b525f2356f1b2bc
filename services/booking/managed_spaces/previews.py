"""What saving a space would change, and for which bookings. Nothing is written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from chassis.rpc.call import Call
from services.booking.access import ADMIN
from services.booking.bookings.models import Booking
from services.booking.interface.space_previews import MOST_AFFECTED
from services.booking.managed_spaces import storage, use_cases
from services.booking.managed_spaces.misfits import AffectedBooking, changed_copy, misfit, with_space
from services.booking.spaces import storage as spaces
from services.booking.spaces.kept_times import ShownKeptTime, WeekOpening, kept_times, next_openings
from services.booking.spaces.models import Space
from services.booking.spaces.timetable import Timetable

KEPT_AHEAD = timedelta(days=14)
MOST_OPENINGS = 4


@dataclass(frozen=True, slots=True)
class Coming:
    """A booking to come, or a request with the time at which it lapses."""

    booking_id: UUID
    space_id: UUID
    space_name: Mapping[str, Any]
    starts_at: datetime
    ends_at: datetime
    answer_by: datetime | None


@dataclass(frozen=True, slots=True)
class SpacePreview:
    """The first `items` of `count` bookings, the times of the next two weeks that are `kept`, and the next `openings`.
    `approval` (APPROVAL_CHANGES) is None if it stays as it is. The first `waiting` of `waiting_count` requests wait for an
    answer. `coming_count` bookings are confirmed and have not started."""

    community_id: str
    items: Sequence[AffectedBooking]
    count: int
    kept: Sequence[ShownKeptTime]
    openings: Sequence[WeekOpening]
    approval: str | None
    other_approvers: bool
    waiting: Sequence[Coming]
    waiting_count: int
    coming_count: int


@dataclass(frozen=True, slots=True)
class NewSpacePreview:
    """The first `items` of `count` bookings of the whole, which would take the new part too."""

    community_id: str
    items: Sequence[Coming]
    count: int


def preview_space(call: Call, *, space_id: UUID, **values: Any) -> SpacePreview:
    """The bookings to come that fit now and would not fit after the change, what would be kept, and the requests that wait.
    Changes nothing. Raises Unauthenticated, Forbidden, NotFound, InvalidField."""
    known = use_cases.get_managed_space(call, space_id=space_id)
    changed = changed_copy(known, use_cases.plain(values))
    changed.check_lengths()
    found: list[AffectedBooking] = []
    waiting: list[Coming] = []
    coming = 0
    for bookings in storage.coming_bookings(call.session, [space_id], call.now):
        if not bookings:
            break
        ends_at = max(booking.ends_at for booking in bookings)
        timetable = spaces.load_timetable(call.session, space_id, bookings[0].starts_at, ends_at)
        if timetable is None:
            break
        after = with_space(timetable, changed)
        for booking in bookings:
            coming += booking.state == "confirmed"
            if booking.waits_at(call.now):
                waiting.append(_coming(booking, known))
            reason = misfit(after, booking)
            if reason is not None and misfit(timetable, booking) != reason:
                found.append(AffectedBooking.of(booking, known, reason))
    ahead = spaces.load_timetable(call.session, space_id, call.now, call.now + KEPT_AHEAD)
    kept, openings = _fairness(with_space(ahead, changed), call.now) if ahead is not None else ((), ())
    return SpacePreview(
        community_id=known.community_id,
        items=found[:MOST_AFFECTED],
        count=len(found),
        kept=kept,
        openings=openings,
        approval=_approval(known, changed),
        other_approvers=set(known.approver_ids) != set(changed.approver_ids),
        waiting=waiting[:MOST_AFFECTED],
        waiting_count=len(waiting),
        coming_count=coming,
    )


def preview_new_space(
    call: Call, *, community_id: str, code: str, parent_id: UUID | None = None, **values: Any
) -> NewSpacePreview:
    """The bookings of the parent that would claim the new part too; none for a space that is no part. Changes nothing. Raises
    what add_space raises."""
    call.acting.require_role(ADMIN)
    use_cases.administered(call, community_id)
    use_cases.new_space(call, community_id=community_id, code=code, parent_id=parent_id, **values)
    parent = spaces.find_space(call.session, parent_id) if parent_id is not None else None
    if parent is None:
        return NewSpacePreview(community_id, (), 0)
    found = storage.bookings_of_parent(call.session, parent.id, call.now, limit=MOST_AFFECTED)
    count = storage.count_bookings_of_parent(call.session, parent.id, call.now)
    return NewSpacePreview(community_id, [_coming(booking, parent) for booking in found], count)


def _approval(known: Space, changed: Space) -> str | None:
    if known.needs_approval == changed.needs_approval:
        return None
    return "starts" if changed.needs_approval else "ends"


def _fairness(timetable: Timetable, now: datetime) -> tuple[Sequence[ShownKeptTime], Sequence[WeekOpening]]:
    return kept_times(timetable, now, now + KEPT_AHEAD, now), next_openings(timetable, now, MOST_OPENINGS)


def _coming(booking: Booking, space: Space) -> Coming:
    answer_by = booking.answer_by if booking.state == "requested" else None
    return Coming(booking.id, space.id, space.name, booking.starts_at, booking.ends_at, answer_by)
