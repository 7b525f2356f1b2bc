"""Alternatives for a space that is taken."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import chain, islice
from typing import Any

from chassis.rpc.call import Call
from chassis.rpc.refusal import Refusal
from services.booking.bookings import storage
from services.booking.bookings.asking import for_caller
from services.booking.bookings.models import Booking
from services.booking.calendar.intervals import Span, clip, nearest, within
from services.booking.interface.spaces import OPEN_TO
from services.booking.spaces import storage as spaces
from services.booking.spaces.timetable import Timetable

MOST = 3
LEAST_SHARE = 0.75
_OPENNESS = tuple(OPEN_TO)  # from the narrowest to the widest

Offer = tuple[Timetable, Span]


def offer_alternatives(call: Call, wanted: Booking, *, for_resident: bool = False) -> list[dict[str, Any]]:
    """Up to three {space_id, space_name, starts_at, ends_at} that the caller can book now instead of `wanted`. Claims that
    `wanted` itself holds count as free. Offers are, in this order: the nearest time on the same local day; the same time,
    at most a quarter shorter; the same time in another space of the same kind and section. Missing ones are filled with
    the next nearest times and then with more spaces. With `for_resident` they are for the resident of `wanted` instead of the
    caller: only spaces that all may book who may book its space. Two statements."""
    around = wanted.starts_at - timedelta(days=1), wanted.ends_at + timedelta(days=1)
    timetables = spaces.load_alike_timetables(call.session, wanted.space, wanted.attendees, *around)
    claims = storage.blocked_spans(call.session, timetables, *around, call.now, but=wanted.id)
    if for_resident:
        timetables = [one.asked_by(wanted.asker) for one in timetables]
    else:
        timetables = for_caller(call, timetables, instead_of=wanted)
    window = timetables[0].days.day_around(int(wanted.starts_at.timestamp()), int(wanted.ends_at.timestamp()))
    free = [(t, t.free(claims[t.space.id], call.now, *window)) for t in timetables]
    (own, own_free), *others = free

    def bookable(offers: Iterable[Offer]) -> Iterator[Offer]:
        # Another space may allow other lengths or other people, and a change of the clocks may move the grid.
        return (offer for offer in offers if _is_accepted(offer, wanted, call, for_resident))

    shifted = bookable((own, span) for span in nearest(own_free, _time_of(wanted)))
    shortened = bookable((own, span) for span in _shortened(own_free, wanted))
    elsewhere = bookable((other, _time_of(wanted)) for other, spans in others if within(spans, _time_of(wanted)))
    first_of_each = chain(islice(shifted, 1), islice(shortened, 1), islice(elsewhere, 1))
    return [dump(offer) for offer in islice(chain(first_of_each, shifted, elsewhere), MOST)]


def with_alternatives(call: Call, refusal: Refusal, wanted: Booking) -> Refusal:
    """The refusal with alternatives in its details, if a closure is in the way or the time is kept: other refusals are about
    the request itself. Two statements more."""
    if refusal.details.keys() & {"closed_from", "kept_until"}:
        refusal.details["alternatives"] = offer_alternatives(call, wanted)
    return refusal


def _time_of(booking: Booking) -> Span:
    return int(booking.starts_at.timestamp()), int(booking.ends_at.timestamp())


def _shortened(free: list[Span], wanted: Booking) -> Iterator[Span]:
    """Shorter spans inside the wanted time, longest first."""
    start, end = _time_of(wanted)
    parts = (part for part in clip(free, start, end) if part[1] - part[0] >= (end - start) * LEAST_SHARE)
    return iter(sorted(parts, key=lambda part: part[0] - part[1]))


def _is_accepted(offer: Offer, wanted: Booking, call: Call, for_resident: bool) -> bool:
    timetable, (start, end) = offer
    try:
        if for_resident:
            if _OPENNESS.index(timetable.space.open_to) < _OPENNESS.index(wanted.space.open_to):
                return False
        else:
            timetable.space.check_open_to(call.acting)
        timetable.check_request(_at(start), _at(end), wanted.attendees, call.now)
    except Refusal:
        return False
    return True


def dump(offer: Offer) -> dict[str, Any]:
    """An alternative as refusals and messages have it."""
    timetable, (start, end) = offer
    return {
        "space_id": str(timetable.space.id),
        "space_name": timetable.space.name,
        "starts_at": _at(start).isoformat(),
        "ends_at": _at(end).isoformat(),
    }


def _at(instant: int) -> datetime:
    return datetime.fromtimestamp(instant, UTC)
