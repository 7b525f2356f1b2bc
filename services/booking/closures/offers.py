"""Where bookings that a closure is in the way of could move: a space of the same kind with enough room, with the least
shift."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from chassis.rpc.refusal import Refusal
from services.booking.bookings.models import Booking
from services.booking.calendar.intervals import Span
from services.booking.calendar.opening_hours import ClosedTime
from services.booking.interface.spaces import OPEN_TO
from services.booking.spaces.models import Space
from services.booking.spaces.timetable import Timetable

AROUND = timedelta(days=7)  # how far a booking may be shifted
MOST_OFFERS = 3  # for one booking
CANDIDATES = 24  # most spaces that are searched for one booking


@dataclass(frozen=True, slots=True)
class Offer:
    """A space and a time (aware, UTC) that can be booked now."""

    space_id: UUID
    space: Space
    starts_at: datetime
    ends_at: datetime

    @property
    def space_name(self) -> Mapping[str, object]:
        return self.space.name


def with_closure(timetables: Sequence[Timetable], space_ids: Sequence[UUID], closed: ClosedTime) -> list[Timetable]:
    """The timetables as they will be with one more closure of the spaces; of all spaces if `space_ids` is empty."""
    touched = set(space_ids)

    def is_closed(timetable: Timetable) -> bool:
        return not touched or not touched.isdisjoint({timetable.space.id, timetable.space.parent_id, *timetable.leaf_ids})

    return [
        replace(t, hours=replace(t.hours, closures=sorted([*t.hours.closures, closed], key=lambda one: one.start)))
        if is_closed(t)
        else t
        for t in timetables
    ]


@dataclass(slots=True)
class Offering:
    """Finds offers. `claims` are the blocked spans by space, as of bookings.storage.blocked_spans. The first offer of a
    booking is kept for it: later bookings are not offered that time."""

    timetables: Sequence[Timetable]
    claims: Mapping[UUID, Sequence[Span]]
    now: datetime
    _kept: dict[UUID, list[Span]] = field(default_factory=dict)  # by leaf
    _free: dict[UUID, list[Span]] = field(default_factory=dict)  # by space, until something of it is kept

    def offers(self, booking: Booking) -> list[Offer]:
        """Up to MOST_OFFERS, the best first: least shift, then the same space, then the same section, then the smallest
        room."""
        start, end = int(booking.starts_at.timestamp()), int(booking.ends_at.timestamp())
        candidates = self._candidates(booking)
        ranked = sorted(
            (
                (
                    abs(at - start),
                    t.space.id != booking.space_id,
                    t.space.section != booking.space.section,
                    t.space.capacity,
                    n,
                    at,
                )
                for n, t in enumerate(candidates)
                for at in self._starts(t, booking, start, end - start)
            )
        )
        found = [(candidates[n], at) for *_, n, at in ranked]
        offers = list(self._accepted(found, booking, end - start))
        if offers:
            self._keep(offers[0])
        return offers

    def _candidates(self, booking: Booking) -> list[Timetable]:
        """The own space first, then those most alike. Whoever may book the own space may book all of them."""
        wide = tuple(OPEN_TO).index(booking.space.open_to)
        alike = [
            t
            for t in self.timetables
            if t.space.kind == booking.space.kind
            and t.space.capacity >= booking.attendees
            and tuple(OPEN_TO).index(t.space.open_to) >= wide
        ]
        order = sorted(
            alike,
            key=lambda t: (
                t.space.id != booking.space_id,
                t.space.section != booking.space.section,
                t.space.capacity,
                t.space.code,
            ),
        )
        return order[:CANDIDATES]

    def _starts(self, timetable: Timetable, booking: Booking, start: int, length: int) -> Iterator[int]:
        """The start nearest to `start` in each free span that is long enough and near enough."""
        reach = int(AROUND.total_seconds())
        for opens, closes in self._free_of(timetable, booking):
            if closes - opens >= length and (at := min(max(start, opens), closes - length)) - start in range(-reach, reach + 1):
                yield at

    def _free_of(self, timetable: Timetable, booking: Booking) -> list[Span]:
        space = timetable.space
        if space.id == booking.space_id:  # its own time does not block it
            first, last = space.blocked(booking.starts_at, booking.ends_at)
            own = int(first.timestamp()), int(last.timestamp())
            return self._compute(timetable, [claim for claim in self.claims[space.id] if claim != own])
        if space.id not in self._free:
            self._free[space.id] = self._compute(timetable, self.claims[space.id])
        return self._free[space.id]

    def _compute(self, timetable: Timetable, claims: Sequence[Span]) -> list[Span]:
        kept = [span for leaf_id in timetable.leaf_ids for span in self._kept.get(leaf_id, ())]
        first, last = timetable.days.days[0], timetable.days.days[-1]
        window = timetable.days.instant(first, 0), timetable.days.instant(last, 1440)
        return timetable.free(sorted([*claims, *kept]), self.now, *window)

    def _accepted(self, found: Sequence[tuple[Timetable, int]], booking: Booking, length: int) -> Iterator[Offer]:
        count = 0
        for timetable, at in found:
            starts_at, ends_at = datetime.fromtimestamp(at, UTC), datetime.fromtimestamp(at + length, UTC)
            try:
                timetable.check_request(starts_at, ends_at, booking.attendees, self.now)
            except Refusal:
                continue
            yield Offer(timetable.space.id, timetable.space, starts_at, ends_at)
            count += 1
            if count == MOST_OFFERS:
                return

    def _keep(self, offer: Offer) -> None:
        leaves = next(t.leaf_ids for t in self.timetables if t.space.id == offer.space_id)
        start, end = offer.space.blocked(offer.starts_at, offer.ends_at)
        for leaf_id in leaves:
            self._kept.setdefault(leaf_id, []).append((int(start.timestamp()), int(end.timestamp())))
        for timetable in self.timetables:
            if not set(leaves).isdisjoint(timetable.leaf_ids):
                self._free.pop(timetable.space.id, None)
