"""Alternatives for times that cannot be claimed."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from chassis.rpc.call import Call
from chassis.rpc.refusal import Refusal
from services.booking.bookings import storage as bookings
from services.booking.bookings.alternatives import Offer, dump
from services.booking.calendar.intervals import Span, nearest, within
from services.booking.claims.models import Asked
from services.booking.equipment import storage as equipment
from services.booking.spaces import storage as spaces
from services.booking.spaces.timetable import Timetable

MOST = 3
_STEP, _STEPS = 1800, 24  # other times with the equipment are looked for in steps of half an hour, twelve hours around


def offer_alternatives(
    call: Call, wanted: Asked, timetable: Timetable, others: Sequence[tuple[Asked, Timetable]]
) -> list[dict[str, Any]]:
    """Up to three {space_id, space_name, starts_at, ends_at} that `wanted` could have instead of its time in the space of
    `timetable`. What it holds itself counts as free. `others` are the other times of the same request: no offer touches them.
    First the nearest time of the same day, then the same time in another space of the same kind and section, then more of both.
    All of them have the equipment that `wanted` needs; what the other times need is not looked at. Two statements, two more
    with equipment."""
    around = wanted.starts_at - timedelta(days=1), wanted.ends_at + timedelta(days=1)
    timetables = spaces.load_alike_timetables(call.session, timetable.space, wanted.people, *around)
    taken = bookings.blocked_spans(call.session, timetables, *around, call.now, but=wanted.holder_id)
    span = int(wanted.starts_at.timestamp()), int(wanted.ends_at.timestamp())
    window = timetables[0].days.day_around(*span)
    free = [(t, t.unclaimed(sorted([*taken[t.space.id], *_spans_of(others, t)]), *window)) for t in timetables]
    (own, own_free), *elsewhere = free
    shifted = [(own, found) for found in nearest(own_free, span)]
    if wanted.equipment:
        shifted = [(own, found) for found in _shifts(span) if within(own_free, found)]
    beside = [(other, span) for other, found in elsewhere if within(found, span)]
    possible: Iterator[Offer] = (
        offer for offer in [*shifted[:1], *beside[:1], *shifted[1:], *beside[1:]] if _is_possible(offer, wanted, call)
    )
    if wanted.equipment:
        possible = _equipped(call, wanted, list(possible))
    return [dump(offer) for offer in islice(possible, MOST)]


def _shifts(span: Span) -> list[Span]:
    steps = sorted(range(-_STEPS, _STEPS + 1), key=abs)
    return [(span[0] + step * _STEP, span[1] + step * _STEP) for step in steps]


def _equipped(call: Call, wanted: Asked, offers: Sequence[Offer]) -> Iterator[Offer]:
    """The offers for which enough equipment is free. What `wanted` has itself counts as free."""
    kinds = equipment.find_kinds(call.session, [kind_id for kind_id, _ in wanted.equipment])
    times = [
        (timetable.space.id, datetime.fromtimestamp(start, UTC), datetime.fromtimestamp(end, UTC))
        for timetable, (start, end) in offers
    ]
    free = equipment.free_in(call.session, kinds.values(), times, but=wanted.holder_id)
    for offer, (space_id, starts_at, _) in zip(offers, times, strict=True):
        fits = all(kind.active and kind.fits(offer[0].space) for kind in kinds.values())
        if fits and all(free.get((kind_id, space_id, starts_at), 0) >= number for kind_id, number in wanted.equipment):
            yield offer


def _spans_of(others: Sequence[tuple[Asked, Timetable]], timetable: Timetable) -> list[Span]:
    """What the other times of the request block in the leaves of the space."""
    found = []
    for asked, of_other in others:
        if set(of_other.leaf_ids) & set(timetable.leaf_ids):
            start, end = of_other.space.blocked(asked.starts_at, asked.ends_at)
            found.append((int(start.timestamp()), int(end.timestamp())))
    return found


def _is_possible(offer: Offer, wanted: Asked, call: Call) -> bool:
    timetable, (start, end) = offer
    starts_at, ends_at = (datetime.fromtimestamp(at, UTC) for at in (start, end))
    if starts_at <= call.now:
        return False
    try:
        timetable.check_session(starts_at, ends_at, wanted.people, call.now)
    except Refusal:
        return False
    return True
