"""Where bookings that a closure is in the way of could move: times of spaces of the same kind with enough room, the most alike
first."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from heapq import heapify, heappop, nsmallest
from itertools import groupby
from uuid import UUID
from zoneinfo import ZoneInfo

from chassis.rpc.communities import Communities
from chassis.rpc.refusal import Refusal
from services.booking.bookings.models import Booking
from services.booking.calendar.intervals import Span, clip, merge
from services.booking.calendar.opening_hours import ClosedTime
from services.booking.closures.likeness import of_clock, of_days, of_spaces
from services.booking.interface.spaces import OPEN_TO
from services.booking.spaces.fair_opening import Asker
from services.booking.spaces.models import Space
from services.booking.spaces.timetable import Timetable

AROUND = timedelta(days=7)  # how far a booking may be shifted
NEAR = 3 * 3600  # on another day a booking is shifted by so many seconds at most, by the clock
WARNING = timedelta(hours=3)  # nobody is moved to a time that begins sooner, unless the booking itself does
CANDIDATES = 24  # most spaces that are searched for one booking
_OPENNESS = tuple(OPEN_TO)  # from the narrowest to the widest


@dataclass(frozen=True, slots=True)
class Offer:
    """A space and a time (aware, UTC) that can be booked now. `unlikeness` is in minutes, as in likeness.py. `takes` are the
    leaves of the space with the time (seconds) that it blocks, turnover included."""

    space_id: UUID
    space: Space
    starts_at: datetime
    ends_at: datetime
    unlikeness: int
    takes: tuple[tuple[UUID, int, int], ...]

    @property
    def space_name(self) -> Mapping[str, object]:
        return self.space.name


def with_closure(timetables: Sequence[Timetable], space_ids: Sequence[UUID], closed: ClosedTime) -> list[Timetable]:
    """The timetables as they will be with one more closure of the spaces; of all spaces if `space_ids` is empty."""

    def closing(timetable: Timetable) -> Timetable:
        hours = timetable.hours
        closures = sorted([*hours.closures, closed], key=lambda one: one.start)
        return replace(timetable, hours=replace(hours, closures=closures), open_times=None)

    return [(closing(t) if is_touched(t, space_ids) else t).opened() for t in timetables]


def is_touched(timetable: Timetable, space_ids: Sequence[UUID]) -> bool:
    """Whether a closure of the spaces closes it too."""
    return not space_ids or not {timetable.space.id, timetable.space.parent_id, *timetable.leaf_ids}.isdisjoint(space_ids)


def _anybody(booking: Booking, timetable: Timetable, starts_at: datetime, ends_at: datetime) -> bool:
    return True


def _own_or_open(booking: Booking, space: Space) -> bool:
    """Nobody has agreed to the booking in another space that needs approval."""
    return not space.needs_approval or space.id == booking.space_id


def moved_by_staff(booking: Booking) -> Asker:
    """Who asks for the time to which a closure moves the booking: staff, for its resident."""
    return replace(booking.asker, counters=Communities.only(booking.community_id))


@dataclass(slots=True)
class Offering:
    """Finds offers. `claims` are the blocked spans by space, as of bookings.storage.blocked_spans, without those of the
    bookings that must move. `suits` says whether the person can have that time, `gives` whether the space is given without an
    approver to whoever has the space of the booking, `asks` who asks for the times of a booking. Bookings of one closure are
    much alike, so what is the same for several of them is computed once."""

    timetables: Sequence[Timetable]
    claims: Mapping[UUID, Sequence[Span]]
    now: datetime
    suits: Callable[[Booking, Timetable, datetime, datetime], bool] = _anybody
    gives: Callable[[Booking, Space], bool] = _own_or_open
    asks: Callable[[Booking], Asker] = moved_by_staff
    _kept: dict[UUID, list[Span]] = field(default_factory=dict)  # by leaf
    # By space and the age of the elder, until something of it is kept.
    _free: dict[tuple[UUID, int | None], list[Span]] = field(default_factory=dict)
    _begins: dict[tuple[UUID, int | None], dict[tuple[int, int, int], list[int]]] = field(
        default_factory=lambda: defaultdict(dict)
    )
    _alike: dict[tuple[UUID, int], list[tuple[int, Timetable]]] = field(default_factory=dict)  # by space and people
    # Whether the rules allow it: by space, the age of the elder, people, start and end.
    _allowed: dict[tuple[UUID, int | None, int, datetime, datetime], bool] = field(default_factory=dict)

    def offers(self, booking: Booking, most: int) -> list[Offer]:
        """Up to `most`, the most alike first."""
        found: list[Offer] = []
        for unlikeness, timetable, at in self._ranked(booking, most):
            starts_at, ends_at = datetime.fromtimestamp(at, UTC), datetime.fromtimestamp(at + _length(booking), UTC)
            if self._is_accepted(booking, timetable, starts_at, ends_at):
                found.append(_offer(timetable, starts_at, ends_at, unlikeness))
                if len(found) == most:
                    break
        return found

    def offer_of(self, booking: Booking, space_id: UUID, starts_at: datetime, ends_at: datetime) -> Offer | None:
        """The offer that somebody chose (times are aware). None if it cannot be booked."""
        timetable = next((one for one in self.timetables if one.space.id == space_id), None)
        if timetable is None or ends_at - starts_at > timedelta(days=1):
            return None
        start, end = int(starts_at.timestamp()), int(ends_at.timestamp())
        if not any(opens <= start and end <= closes for opens, closes in self._free_of(timetable, booking)):
            return None
        if not self._accepts(timetable, booking, starts_at, ends_at):
            return None
        days = (datetime.fromtimestamp(start, self._zone).date() - booking.starts_at.astimezone(self._zone).date()).days
        clock = of_clock(start - self._at_clock(booking, days))
        unlikeness = of_days(days) + of_spaces(booking.space, timetable.space, booking.attendees) + clock
        return _offer(timetable, starts_at, ends_at, unlikeness)

    def is_suitable(self, booking: Booking, offer: Offer) -> bool:
        """Whether it would be proposed to the person: a like space, within the limits, and nothing else at that time."""
        timetable = next((one for _, one in self._candidates(booking) if one.space.id == offer.space_id), None)
        return timetable is not None and self._is_accepted(booking, timetable, offer.starts_at, offer.ends_at)

    def keep(self, offer: Offer) -> None:
        """Nobody else is offered that time from now on."""
        for leaf_id, start, end in offer.takes:
            self._kept.setdefault(leaf_id, []).append((start, end))
        leaves = {leaf_id for leaf_id, _, _ in offer.takes}
        for timetable in self.timetables:
            if not leaves.isdisjoint(timetable.leaf_ids):
                for known in (self._free, self._begins):
                    for key in [one for one in known if one[0] == timetable.space.id]:
                        del known[key]

    def _ranked(self, booking: Booking, most: int) -> Iterator[tuple[int, Timetable, int]]:
        """(unlikeness, timetable, start), the most alike first. Days are searched by their likeness, until no further day can
        have one of the first `most`; after these the rest of the searched days follows."""
        length, age = _length(booking), booking.elder_age
        candidates = self._candidates(booking)
        reach = AROUND.days
        by_likeness = groupby(sorted(range(-reach, reach + 1), key=lambda days: (of_days(days), days)), key=of_days)
        found: list[tuple[int, int, int, Timetable]] = []
        for of_day, days in by_likeness:
            # Some of the first may be refused, so twice as many are searched.
            if len(found) >= 2 * most and nsmallest(2 * most, found)[-1][0] < of_day:
                break
            for day in days:
                wanted = self._at_clock(booking, day)
                first, last = self._day_of(booking) if day == 0 else (wanted - NEAR, wanted + NEAR)
                for n, (of_space, timetable) in enumerate(candidates):
                    alike = of_day + of_space
                    found.extend(
                        (alike + of_clock(at - wanted), n, at, timetable)
                        for at in self._starts(timetable, booking, age, (first, last, length))
                    )
        heapify(found)  # starts are different, so timetables are never compared
        while found:
            unlikeness, _, at, timetable = heappop(found)
            yield unlikeness, timetable, at

    def _candidates(self, booking: Booking) -> list[tuple[int, Timetable]]:
        """The own space first, then those most alike, each with how unlike it is. People who may book it
        may book all of them."""
        if (key := (booking.space_id, booking.attendees)) not in self._alike:
            self._alike[key] = self._find_candidates(booking)
        return self._alike[key]

    def _find_candidates(self, booking: Booking) -> list[tuple[int, Timetable]]:
        wide = _OPENNESS.index(booking.space.open_to)
        alike = [
            (of_spaces(booking.space, t.space, booking.attendees), t)
            for t in self.timetables
            if t.space.kind == booking.space.kind
            and t.space.capacity >= booking.attendees
            and _OPENNESS.index(t.space.open_to) >= wide
            and self.gives(booking, t.space)
        ]
        return sorted(alike, key=lambda one: (one[0], one[1].space.code))[:CANDIDATES]

    def _starts(self, timetable: Timetable, booking: Booking, age: int | None, wanted: tuple[int, int, int]) -> Sequence[int]:
        """The starts on the grid at which it would be free. `wanted` is the first and the last start, and the length."""
        known = self._begins[timetable.space.id, age]
        if (found := known.get(wanted)) is None:
            free, step = self._free_of(timetable, booking), timetable.space.slot_minutes * 60
            found = known[wanted] = list(_starts_in(free, step, *wanted))
        return found

    def _free_of(self, timetable: Timetable, booking: Booking) -> list[Span]:
        space_id = timetable.space.id
        if (key := (space_id, booking.elder_age)) not in self._free:
            kept = [span for leaf_id in timetable.leaf_ids for span in self._kept.get(leaf_id, ())]
            first, last = timetable.days.days[0], timetable.days.days[-1]
            window = timetable.days.instant(first, 0), timetable.days.instant(last, 1440)
            asked = timetable.asked_by(self.asks(booking))
            self._free[key] = asked.free(sorted([*self.claims[space_id], *kept]), self.now, *window)
        return self._free[key]

    def _is_accepted(self, booking: Booking, timetable: Timetable, starts_at: datetime, ends_at: datetime) -> bool:
        """Whether it is a time that may be proposed: in time for the person to hear of it, and to cancel it."""
        notice = max(WARNING, timedelta(minutes=timetable.space.cancel_notice_minutes))
        if starts_at < min(booking.starts_at, self.now + notice):
            return False
        if not self._accepts(timetable, booking, starts_at, ends_at):
            return False
        return self.suits(booking, timetable, starts_at, ends_at)

    def _accepts(self, timetable: Timetable, booking: Booking, starts_at: datetime, ends_at: datetime) -> bool:
        key = (timetable.space.id, booking.elder_age, booking.attendees, starts_at, ends_at)
        if key not in self._allowed:
            self._allowed[key] = self._is_allowed(timetable, booking, starts_at, ends_at)
        return self._allowed[key]

    def _is_allowed(self, timetable: Timetable, booking: Booking, starts_at: datetime, ends_at: datetime) -> bool:
        try:
            asked = timetable.asked_by(self.asks(booking))
            asked.check_request(starts_at, ends_at, booking.attendees, self.now)
        except Refusal:
            return False
        return True

    @property
    def _zone(self) -> ZoneInfo:
        """All spaces are of one community."""
        return self.timetables[0].days.zone

    def _at_clock(self, booking: Booking, days: int) -> int:
        """The same time by the clock, so many local days later."""
        return int((booking.starts_at.astimezone(self._zone) + timedelta(days=days)).timestamp())

    def _day_of(self, booking: Booking) -> Span:
        """The first and the last second of its local day."""
        midnight = datetime.combine(booking.starts_at.astimezone(self._zone).date(), time(), self._zone)
        return int(midnight.timestamp()), int((midnight + timedelta(days=1)).timestamp()) - 1


def _starts_in(free: Sequence[Span], step: int, first: int, last: int, length: int) -> Iterator[int]:
    for opens, closes in free[max(0, bisect_left(free, (first,)) - 1) :]:
        if opens > last:
            return
        yield from range(opens + max(0, -(-(first - opens) // step)) * step, min(closes - length, last) + 1, step)


def _offer(timetable: Timetable, starts_at: datetime, ends_at: datetime, unlikeness: int) -> Offer:
    space = timetable.space
    start, end = (int(at.timestamp()) for at in space.blocked(starts_at, ends_at))
    takes = tuple((leaf_id, start, end) for leaf_id in timetable.leaf_ids)
    return Offer(space.id, space, starts_at, ends_at, unlikeness, takes)


def without_hit(
    timetables: Sequence[Timetable], claims: Mapping[UUID, Sequence[Span]], hit: Sequence[Booking]
) -> dict[UUID, list[Span]]:
    """The claims without those of the bookings in the way: all of them give up their time, one way or another."""
    leaves = {timetable.space.id: set(timetable.leaf_ids) for timetable in timetables}
    left = {space_id: list(spans) for space_id, spans in claims.items()}
    for booking in hit:
        first, last = booking.space.blocked(booking.starts_at, booking.ends_at)
        span = int(first.timestamp()), int(last.timestamp())
        own = leaves.get(booking.space_id, set())
        for space_id, of_space in leaves.items():
            for _ in range(len(own & of_space)):  # one claim for each leaf
                if span in left[space_id]:
                    left[space_id].remove(span)
    return left


def open_seconds(timetables: Sequence[Timetable], start: int, end: int) -> int:
    """How long the spaces are open between `start` and `end`, added up."""
    return sum(b - a for t in timetables for a, b in clip(merge(t.open_spans(start, end)), start, end))


def _length(booking: Booking) -> int:
    return int((booking.ends_at - booking.starts_at).total_seconds())
