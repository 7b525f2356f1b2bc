"""When a space can be booked. `free` and `check_request` must always agree; property tests compare them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from math import ceil
from typing import Literal
from uuid import UUID

from chassis.rpc.refusal import Refusal
from services.booking.calendar import opening_hours
from services.booking.calendar.intervals import Span, clip, merge, subtract
from services.booking.calendar.local_days import MINUTES_A_DAY, LocalDays, end_of_day_after
from services.booking.calendar.opening_hours import OpeningHours, ReservedTime
from services.booking.interface.lottery_refusals import DecidedByLottery
from services.booking.interface.refusals import (
    Closed,
    EndsBeforeStart,
    InPast,
    NotOpenYet,
    OffGrid,
    PartClosed,
    TooFar,
    TooLong,
    TooSoon,
)
from services.booking.spaces.fair_opening import VISITOR, Asker, FairOpening, KeptTime, Opening
from services.booking.spaces.models import LONGEST_BOOKING, Space

BusyReason = (
    Literal[
        "booked",
        "held",
        "event",
        "lottery",
        "buffer",
        "gap",
        "past",
        "too_soon",
        "too_far",
        "kept_for_elders",
        "kept_for_counter",
    ]
    | opening_hours.Reason
)
MOST_AHEAD_DAYS = 366  # neither staff nor sessions of club events book further ahead


@dataclass(frozen=True, slots=True)
class Timetable:
    """A space with its opening hours over some days. `leaf_ids` are the spaces that a booking claims, sorted: the parts of a
    divisible space, else the space itself. Spans are in seconds since the epoch and must be within `days`. `revision` is the
    CalendarRevision from which it was loaded. `open_times` is when the space is open on `days` and perhaps beyond; None: it is
    computed when it is needed. `asker` is for whom it is asked: the rules `fair` are not the same for all.
    `reserved` are the times that lotteries decide, sorted by `blocks_from`."""

    space: Space
    leaf_ids: tuple[UUID, ...]
    hours: OpeningHours
    days: LocalDays
    revision: UUID
    open_times: Sequence[Span] | None = None
    fair: FairOpening | None = None
    asker: Asker = VISITOR
    reserved: Sequence[ReservedTime] = ()

    def marks(self) -> dict[str, bool]:
        """What a booking of the asker notes of who asked, for the shares of the space. All false where nothing is kept."""
        return {"for_elder": False, "at_counter": False} if self.fair is None else self.fair.marks(self.asker)

    def asked_by(self, asker: Asker) -> "Timetable":
        """The same timetable, as it is for the asker."""
        return self if self.fair is None else replace(self, asker=asker)

    def opened(self) -> "Timetable":
        """The same timetable with its `open_times` computed, for many readers."""
        first, last = self.days.days[0], self.days.days[-1]
        whole = self.days.instant(first, 0), self.days.instant(last, 2 * MINUTES_A_DAY)
        return replace(self, open_times=self.hours.open_spans(self.days, *whole))

    def open_spans(self, start: int, end: int) -> list[Span]:
        """When the space is open between `start` and `end`, whoever has it. Sorted and disjoint."""
        if self.open_times is None:
            return self.hours.open_spans(self.days, start, end)
        return clip(self.open_times, start, end)

    def check_request(
        self, starts_at: datetime, ends_at: datetime, attendees: int, now: datetime, beyond: bool = False
    ) -> None:
        """Checks a booking made at `now`. It does not check other bookings: the database does that. Raises the first of
        `obstacles`."""
        for refusal in self.obstacles(starts_at, ends_at, attendees, now, beyond):
            raise refusal

    def obstacles(
        self, starts_at: datetime, ends_at: datetime, attendees: int, now: datetime, beyond: bool = False
    ) -> Iterator[Refusal]:
        """Each rule that a booking made at `now` breaks. Times are aware. With `beyond`, notice, horizon, opening, kept times,
        longest booking and lotteries do not count, within MOST_AHEAD_DAYS. In this order: those of Space.obstacles,
        DecidedByLottery, TooFar or NotOpenYet, OffGrid (then nothing more), Closed or PartClosed, KeptForElders or
        KeptForCounter. A time that no booking can have is not looked at any further."""
        yield from self.space.obstacles(starts_at, ends_at, attendees, now, beyond)
        if not timedelta() < ends_at - starts_at <= LONGEST_BOOKING:
            return
        start, end = starts_at.timestamp(), ends_at.timestamp()
        if not beyond and (refusal := self._decided_by_lottery(int(start), ceil(end))):
            yield refusal  # before the horizon: lotteries are often about times beyond it
        if end > (end_of_day_after(self.days.zone, now, MOST_AHEAD_DAYS) if beyond else self.latest(now)):
            yield self._not_open_yet(ends_at, now, beyond)
        step = self.space.slot_minutes * 60
        if not all(at.is_integer() and self.days.on_grid(int(at), step) for at in (start, end)):
            yield OffGrid(slot_minutes=self.space.slot_minutes)
            return
        if not self._is_open(int(start), int(end)):
            yield self._closed(int(start), int(end))
        for kept in () if beyond else self.kept_times(now, int(start), int(end)):
            yield kept.refusal(self.days.zone)

    def around(self, start: datetime, end: datetime) -> "Timetable":
        """The same with only the days that a booking from `start` to `end` (aware) can touch. They must be within `days`."""
        return replace(self, days=LocalDays.around(self.days.zone, int(start.timestamp()), int(end.timestamp())))

    def without_lottery(self, lottery_id: UUID) -> "Timetable":
        """The same as if that lottery did not exist."""
        return replace(self, reserved=tuple(one for one in self.reserved if one.lottery_id != lottery_id))

    def check_session(self, starts_at: datetime, ends_at: datetime, people: int, now: datetime) -> None:
        """Checks a session of a club event, which staff hold here for the centre. Times are aware. Opening hours and capacity
        bind it as they bind residents. The slot grid, shortest and longest booking, notice, the horizon for residents and
        `open_to` do not: they share the space among residents. It may have started, but not ended. It does not check other
        claims. Raises EndsBeforeStart, InPast, TooFar, TooLong, OverCapacity, Closed or DecidedByLottery."""
        if ends_at <= starts_at:
            raise EndsBeforeStart()
        if ends_at <= now:
            raise InPast()
        if starts_at - now > timedelta(days=MOST_AHEAD_DAYS):
            raise TooFar(horizon_days=MOST_AHEAD_DAYS)
        if ends_at - starts_at > LONGEST_BOOKING:
            raise TooLong(max_minutes=int(LONGEST_BOOKING.total_seconds() // 60))
        self.space.check_capacity(people)
        span = int(starts_at.timestamp()), ceil(ends_at.timestamp())
        self.check_open(*span)
        self.check_lotteries(*span)

    def broken(self, starts_at: datetime, ends_at: datetime, now: datetime) -> list[str]:
        """The codes of the rules that only a booking `beyond` may break, and that this one breaks. Times are aware."""
        start, end = int(starts_at.timestamp()), ends_at.timestamp()
        found = {
            TooSoon.code: start < self.space.earliest(now),
            TooLong.code: ends_at - starts_at > timedelta(minutes=self.space.max_minutes),
            (TooFar if self.opening is None else NotOpenYet).code: end > self.latest(now),
            DecidedByLottery.code: self._reserved_at(start, ceil(end)) is not None,
        }
        kept = dict.fromkeys(one.refusal(self.days.zone).code for one in self.kept_times(now, start, ceil(end)))
        return [*(code for code, is_broken in found.items() if is_broken), *kept]

    @property
    def opening(self) -> Opening | None:
        """How its weeks open. None: its days do, at the horizon."""
        return None if self.fair is None else self.fair.opening

    def latest(self, now: datetime) -> int:
        """The instant by which a booking made at `now` must end: the end of the last local day of the horizon, or of the last
        week that is open for the asker."""
        if self.fair is None or self.fair.opening is None:
            return end_of_day_after(self.days.zone, now, self.space.horizon_days)
        return self.fair.opening.latest(now, self.days.zone, first=self.fair.is_first(self.asker, now))

    def kept_times(self, now: datetime, start: int, end: int) -> list[KeptTime]:
        """The times between `start` and `end` that are kept for others than the asker, sorted."""
        if self.fair is None or not self.fair.shares:
            return []
        return self.fair.kept_times(self.asker, self.days, now, start, end)

    def opens_for_asker(self, now: datetime, start: int, end: int) -> list[tuple[int, int, int]]:
        """(start, end, when it opens) of the times between `start` and `end` that open for the asker after `now`: weeks that
        are not open yet, and kept times."""
        kept = [(one.start, one.end, one.until) for one in self.kept_times(now, start, end)]
        if self.fair is None or self.opening is None:
            return kept
        at, first = max(start, self.latest(now)), self.fair.is_first(self.asker, now)
        return sorted([*kept, *self.opening.weeks(self.days.zone, at, end, first=first)])

    def free(self, claims: Sequence[Span], now: datetime, start: int, end: int) -> list[Span]:
        """The times between `start` and `end` that can be booked at `now`, given the `claims` of other bookings (blocked spans
        of the leaves, sorted). Every interval inside a free span is accepted if it is on the grid and has an allowed length."""
        start, end = max(start, self.space.earliest(now)), min(end, self.latest(now))
        if start >= end or self.space.is_out_of_use:
            return []
        spans = subtract(self.open_spans(start, end), self.not_for_all(claims))
        if kept := self.kept_times(now, start, end):
            spans = subtract(spans, merge((one.start, one.end) for one in kept))
        step, shortest = self.space.slot_minutes * 60, self.space.min_minutes * 60
        return [span for span in self.days.narrowed_to_grid(spans, step) if span[1] - span[0] >= shortest]

    def unclaimed(self, claims: Sequence[Span], start: int, end: int) -> list[Span]:
        """The open times between `start` and `end` that a session could have, given the `claims` of others (blocked spans of
        the leaves, sorted). On the slot grid, because people remember such times."""
        spans = subtract(self.open_spans(start, end), self.not_for_all(claims))
        on_grid = self.days.narrowed_to_grid(spans, self.space.slot_minutes * 60)
        return [span for span in on_grid if span[0] < span[1]]

    def busy(
        self,
        free: Sequence[Span],
        booked: Sequence[Span],
        now: datetime,
        start: int,
        end: int,
        *,
        events: Sequence[Span] = (),
        held: Sequence[Span] = (),
        claims: Sequence[Span] = (),
    ) -> list[tuple[int, int, BusyReason]]:
        """The times between `start` and `end` that are not free, each with a reason, sorted. `booked` are the times of other
        bookings without turnover, `events` those of sessions of club events, `held` those that are offered to who waits,
        `claims` all of them with turnover. `too_soon` is before the notice that the space needs, `too_far` is beyond its
        horizon or in a week that is not open yet, `kept_for_…` is kept for others, `buffer` is turnover, and `gap` is time that
        nobody has, but that is too short or not on the grid."""
        rest = subtract([(start, end)], free)
        told: list[tuple[int, int, BusyReason]] = []

        def tell(reason: BusyReason, spans: Sequence[Span]) -> None:
            nonlocal rest
            left = subtract(rest, merge(spans))
            told.extend((*span, reason) for span in subtract(rest, left))
            rest = left

        open_spans = self.open_spans(start, end)
        closed = self.hours.closed_reasons(self.days, start, end)
        tell("event", events)
        tell("held", held)
        tell("booked", booked)
        if self.space.is_out_of_use:
            tell("blocked", [(start, end)])
        for reason in ("blocked", "holiday", "closed"):
            tell(reason, subtract(closed[reason], open_spans))
        tell("lottery", [(one.start, one.end) for one in self.reserved])
        present = ceil(now.timestamp())
        tell("past", clip([(start, end)], start, present))
        tell("too_soon", clip([(start, end)], present, self.space.earliest(now)))
        tell("too_far", clip([(start, end)], self.latest(now), end))
        kept = self.kept_times(now, start, end)
        tell("kept_for_elders", [(one.start, one.end) for one in kept if one.kept_for == "elders"])
        tell("kept_for_counter", [(one.start, one.end) for one in kept if one.kept_for == "counter"])
        tell("buffer", clip(self.not_for_all(claims), start, end))
        told.extend(self._left_over(rest, told))
        return _joined(told)

    def _left_over(
        self, rest: Sequence[Span], told: Sequence[tuple[int, int, BusyReason]]
    ) -> list[tuple[int, int, BusyReason]]:
        """The reasons for time that is left over. What the grid cut off has the reason of its neighbour, and so is past or
        turnover until the next time at which a booking can start. The rest is a `gap`, also beside a booking."""
        ends, starts = {b: reason for _, b, reason in told}, {a: reason for a, _, reason in told}
        found: list[tuple[int, int, BusyReason]] = []
        for span in rest:
            ((on_grid, until),) = self.days.narrowed_to_grid([span], self.space.slot_minutes * 60)
            inner = [(on_grid, until)] if on_grid < until else []
            found.extend((*gap, "gap") for gap in inner)
            for a, b in subtract([span], inner):
                neighbour = ends.get(a) or starts.get(b) or "gap"
                found.append((a, b, "gap" if neighbour in ("booked", "held", "event") else neighbour))
        return found

    def closed(self, start: int, end: int) -> list[tuple[int, int, BusyReason]]:
        """The times between `start` and `end` (instants) at which the space is not open, each with a reason, sorted."""
        open_spans = self.hours.open_spans(self.days, start, end)
        return self.busy(open_spans, (), datetime.fromtimestamp(start, UTC), start, end)

    def check_open(self, start: int, end: int) -> None:
        """Raises Closed or PartClosed unless it is open all the time between `start` and `end` (instants)."""
        if not self._is_open(start, end):
            raise self._closed(start, end)

    def check_lotteries(self, start: int, end: int) -> None:
        """Raises DecidedByLottery if a lottery decides a time between `start` and `end` (instants)."""
        if refusal := self._decided_by_lottery(start, end):
            raise refusal

    def _is_open(self, start: int, end: int) -> bool:
        return self.open_spans(start, end) == [(start, end)]

    def not_for_all(self, claims: Sequence[Span]) -> Sequence[Span]:
        """The instants that a booking cannot use because of `claims` (sorted) or a lottery. Sorted. A booking keeps its
        distance from the times of a lottery as from other bookings, so that the winners have their turnover."""
        if not self.reserved:
            return self.space.kept_from(claims)
        return self.space.kept_from(sorted([*claims, *((one.blocks_from, one.blocks_until) for one in self.reserved)]))

    def _reserved_at(self, start: int, end: int) -> ReservedTime | None:
        """The first time of a lottery that a booking from `start` to `end` (instants) would touch."""
        if not self.reserved:
            return None
        kept = self.space.kept_from([(one.blocks_from, one.blocks_until) for one in self.reserved])
        return next((one for one, (a, b) in zip(self.reserved, kept, strict=True) if start < b and a < end), None)

    def _decided_by_lottery(self, start: int, end: int) -> DecidedByLottery | None:
        """The refusal for a time that a lottery decides."""
        if (one := self._reserved_at(start, end)) is None:
            return None
        return DecidedByLottery(lottery_id=str(one.lottery_id), draws_at=self._local(one.draws_at))

    def _not_open_yet(self, ends_at: datetime, now: datetime, beyond: bool) -> TooFar | NotOpenYet:
        """The refusal of a booking that ends at `ends_at` (aware), after what can be booked at `now`."""
        last = (ends_at - timedelta(seconds=1)).astimezone(self.days.zone).date()
        if self.fair is not None and self.fair.opening is not None and not beyond:
            return self.fair.not_open_yet(self.asker, last, now, self.days.zone)
        horizon = MOST_AHEAD_DAYS if beyond else self.space.horizon_days
        return TooFar(horizon_days=horizon, bookable_from=(last - timedelta(days=horizon)).isoformat())

    def _closed(self, start: int, end: int) -> Closed | PartClosed:
        """The refusal that says why the space is not open all the time from `start` to `end`."""
        closure = next((one for one in self.hours.closures if one.start < end and start < one.end), None)
        if closure is None:
            if found := self.hours.closed_part(self.days, start, end):
                part, (closes, opens) = found
                hours = {"closed_from": self._local(closes), "closed_to": self._local(opens)}
                return PartClosed(part_id=str(part.space_id), part_name=part.name, cause=None, note=None, **hours)
            reason = self.why_closed(start, end)
            if reason == "holiday" and self.hours.provisional_spans(self.days, start, end):
                return Closed(reason=reason, provisional=True)
            return Closed(reason=reason)
        about = {
            "cause": closure.reason,
            "note": closure.note,
            "closed_from": self._local(closure.start),
            "closed_to": self._local(closure.end),
        }
        if closure.space_id in (None, self.space.id, self.space.parent_id):
            return Closed(reason="blocked", **about)
        return PartClosed(part_id=str(closure.space_id), part_name=closure.space_name, **about)

    def _local(self, instant: int) -> str:
        """RFC 3339 with the local offset, so that a sentence can show its local time."""
        return datetime.fromtimestamp(instant, UTC).astimezone(self.days.zone).isoformat()

    def why_closed(self, start: int, end: int) -> opening_hours.Reason:
        """Why the space is not open all the time between `start` and `end` (instants)."""
        open_spans = self.open_spans(start, end)
        for reason, spans in self.hours.closed_reasons(self.days, start, end).items():
            if subtract(spans, open_spans):
                return reason
        return "closed"


def _joined(told: list[tuple[int, int, BusyReason]]) -> list[tuple[int, int, BusyReason]]:
    reasons = {reason for _, _, reason in told}
    spans = {reason: merge((a, b) for a, b, because in told if because == reason) for reason in reasons}
    return sorted((*span, reason) for reason, of_reason in spans.items() for span in of_reason)
