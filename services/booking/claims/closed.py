"""Closures in the way of times that other services hold. A claim keeps such times; its requester is told, and decides."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby
from uuid import UUID

from chassis.messaging import outbox
from chassis.rpc.call import Call
from services.booking.claims import messages, storage
from services.booking.claims.alternatives import offer_alternatives
from services.booking.claims.models import Asked, ClaimedTime, ClaimRequest, NotPossible
from services.booking.claims.use_cases import broken_rule, timetables_of
from services.booking.spaces.timetable import Timetable


def times_in_the_way(
    call: Call, community_id: str, space_ids: Sequence[UUID], start: datetime, end: datetime, *, limit: int
) -> list[ClaimedTime]:
    """The times that are claimed in any of the spaces, overlap the time from `start` to `end` (aware), and are not over, with
    their requests, by start. One statement."""
    return storage.times_of_spaces(call.session, community_id, space_ids, max(start, call.now), end, call.now, limit=limit)


def tell_of_closure(call: Call, closure_id: UUID, times: Iterable[ClaimedTime]) -> None:
    """Announce once for each claim which of its `times` are closed and what is free instead. The closure is stored by now. Two
    statements for each time, and one for each claim."""
    for request, of_claim in _by_claim(times):
        asked = [_asked(time) for time in of_claim]
        timetables = timetables_of(call, request.community_id, asked)
        if reasons := [reason for one in asked if (reason := _why(call, one, timetables))]:
            outbox.add(call.session, messages.claim_disrupted(request, closure_id, reasons, call.now))


def tell_of_reopening(call: Call, closure_id: UUID, times: Iterable[ClaimedTime]) -> None:
    """Announce once for each claim which of its `times` this closure no longer is in the way of."""
    for request, of_claim in _by_claim(times):
        outbox.add(call.session, messages.claim_restored(request, closure_id, [time.holder_id for time in of_claim], call.now))


def _by_claim(times: Iterable[ClaimedTime]) -> list[tuple[ClaimRequest, list[ClaimedTime]]]:
    ordered = sorted(times, key=lambda time: (time.claim_request_id, time.starts_at))
    groups = [list(group) for _, group in groupby(ordered, key=lambda time: time.claim_request_id)]
    return [(group[0].claim_request, group) for group in groups]


def _asked(time: ClaimedTime) -> Asked:
    return Asked(time.holder_id, tuple(time.space_ids), time.starts_at, time.ends_at, time.people)


def _why(call: Call, asked: Asked, timetables: dict[UUID, Timetable]) -> NotPossible | None:
    for space_id in asked.space_ids:
        timetable = timetables.get(space_id)
        if timetable is not None and (refusal := broken_rule(call, asked, timetable)):
            offers = offer_alternatives(call, asked, timetable, ()) if asked.starts_at > call.now else []
            return NotPossible(asked, space_id, refusal, offers)
    return None
