"""What busy times are: events with their titles, and whether a part of a space is taken or its whole."""

from collections.abc import Collection, Sequence
from itertools import pairwise
from typing import Any
from uuid import UUID

from services.booking.calendar.intervals import Span, clip, merge, subtract
from services.booking.claims.models import ClaimedTime
from services.booking.interface.availability import OPENS_LATER, TAKEN_AS
from services.booking.spaces.models import Space
from services.booking.spaces.timetable import BusyReason

Title = dict[str, Any]
Busy = tuple[int, int, BusyReason, Title | None, str | None]  # the last one: of TAKEN_AS


def span_of(time: ClaimedTime) -> Span:
    return int(time.starts_at.timestamp()), int(time.ends_at.timestamp())


def explained(
    busy: Sequence[tuple[int, int, BusyReason]],
    booked: Sequence[tuple[int, int, UUID | None]],
    held: Sequence[ClaimedTime],
    space: Space,
    opening: Sequence[tuple[int, int, int]] = (),
) -> list[Busy]:
    """`busy` with the titles of events, and whether a part of the space is taken or its whole. Time that opens later is cut
    where another time of `opening` begins. A time with several events, one after the other, is cut between them; of two events
    at once, in different parts of the space, the one that began first is named."""
    found: list[Busy] = []
    for start, end, reason in busy:
        if reason == "booked":
            found += _booked(start, end, booked, space)
        elif reason == "event":
            begun = start
            for time in held:
                for begins, ends in clip([span_of(time)], begun, end):
                    found.append((begins, ends, reason, time.claim_request.title, _taken_as(time.space_ids, space)))
                    begun = ends
        elif reason in OPENS_LATER:
            marks = sorted({at for a, b, _ in opening for at in (a, b) if start < at < end})
            found += [(a, b, reason, None, None) for a, b in pairwise([start, *marks, end])]
        else:
            found.append((start, end, reason, None, None))
    return found


def _booked(start: int, end: int, booked: Sequence[tuple[int, int, UUID | None]], space: Space) -> list[Busy]:
    """Booked time, cut where a booking of the whole, of parts, or of the space itself begins. They cannot overlap."""
    found: list[Busy] = []
    for share in TAKEN_AS:
        spans = merge((a, b) for a, b, space_id in booked if space_id is not None and _taken_as([space_id], space) == share)
        found += [(a, b, "booked", None, share) for a, b in clip(spans, start, end)]
    rest = subtract([(start, end)], sorted((a, b) for a, b, *_ in found))
    return sorted([*found, *((a, b, "booked", None, None) for a, b in rest)], key=lambda one: one[0])


def _taken_as(space_ids: Collection[UUID], space: Space) -> str | None:
    """How `space` is taken by somebody who has the spaces `space_ids`: a word of TAKEN_AS, or None if they have itself."""
    if space.id in space_ids:
        return None
    return "whole" if space.parent_id in space_ids else "part"
