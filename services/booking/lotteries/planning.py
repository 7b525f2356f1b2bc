"""The times of a lottery: cut from a plan, without what is closed or taken."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import combinations
from uuid import UUID
from zoneinfo import ZoneInfo

from chassis.rpc.call import Call
from chassis.rpc.refusal import InvalidField, Refusal
from services.booking.bookings import storage as bookings
from services.booking.calendar.intervals import Span, subtract
from services.booking.interface.managed_lotteries import LENGTH_NOT_POSSIBLE, NO_LOTTERY_FOR_SPACE
from services.booking.spaces.models import Space
from services.booking.spaces.timetable import Timetable

Time = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Plan:
    """On each of `weekdays` (1 is Monday) from `first_day` to `last_day`, times of `minutes` follow each other between two
    local clocks ("24:00" is the end of the day)."""

    first_day: date
    last_day: date
    weekdays: frozenset[int]
    first_clock: str
    last_clock: str
    minutes: int

    def times(self, zone: ZoneInfo, space: Space) -> Iterator[Time]:
        """In UTC, in their order. In a night that changes the clocks, each is as long as the others. Between two there is at
        least the turnover of the space, so that both can be won; the next one starts on its slot grid again."""
        step = timedelta(minutes=space.slot_minutes)
        turnover = timedelta(minutes=space.buffer_before_minutes + space.buffer_after_minutes)
        length = timedelta(minutes=self.minutes)
        apart = length if not turnover else -(-(length + turnover) // step) * step
        day = self.first_day
        while day <= self.last_day:
            if day.isoweekday() in self.weekdays:
                yield from self._of_day(day, zone, apart)
            day += timedelta(days=1)

    def _of_day(self, day: date, zone: ZoneInfo, apart: timedelta) -> Iterator[Time]:
        at, last = self.instant(day, self.first_clock, zone), self.instant(day, self.last_clock, zone)
        length = timedelta(minutes=self.minutes)
        while at + length <= last:
            yield at, at + length
            at += apart

    def window(self, zone: ZoneInfo) -> Time:
        """From the beginning of the first day to the end of the last one."""
        return self.instant(self.first_day, "00:00", zone), self.instant(self.last_day, "24:00", zone)

    @staticmethod
    def instant(day: date, clock: str, zone: ZoneInfo) -> datetime:
        if clock == "24:00":
            day, clock = day + timedelta(days=1), "00:00"
        return datetime.combine(day, time.fromisoformat(clock), zone).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Cut:
    """`free` are the times that a lottery can give, by their start and then by space; `left_out` is how many are closed, taken
    or given by another lottery."""

    free: list[tuple[Timetable, datetime, datetime]]
    left_out: int


def check_spaces(timetables: Sequence[Timetable], minutes: int) -> None:
    """Raises InvalidField for a space that needs approval, is out of use, or shares its place with another one, and for a
    length that a space does not allow."""
    unfit = any(one.space.needs_approval or one.space.is_out_of_use for one in timetables)
    if unfit or any(set(one.leaf_ids) & set(other.leaf_ids) for one, other in combinations(timetables, 2)):
        raise InvalidField(NO_LOTTERY_FOR_SPACE, "space_ids")
    if any(not one.space.min_minutes <= minutes <= one.space.max_minutes for one in timetables):
        raise InvalidField(LENGTH_NOT_POSSIBLE, "minutes")


def cut(call: Call, plan: Plan, timetables: Mapping[UUID, Timetable]) -> Cut:
    """The times of the plan in the spaces, which are of one community. One statement. Raises InvalidField for times that are
    not on the grid of a space."""
    by_code = sorted(timetables.values(), key=lambda one: one.space.code)
    zone = by_code[0].days.zone
    claims = bookings.blocked_spans(call.session, by_code, *plan.window(zone), call.now)
    free, left_out = [], 0
    for timetable in by_code:
        for starts_at, ends_at in plan.times(zone, timetable.space):
            _check_grid(timetable, starts_at, ends_at)
            if is_free(timetable, starts_at, ends_at, claims[timetable.space.id], call.now):
                free.append((timetable, starts_at, ends_at))
            else:
                left_out += 1
    return Cut(sorted(free, key=lambda one: one[1]), left_out)  # stable: by space where they start together


def _check_grid(timetable: Timetable, starts_at: datetime, ends_at: datetime) -> None:
    """Raises InvalidField."""
    step = timetable.space.slot_minutes * 60
    if not all(timetable.days.on_grid(int(at.timestamp()), step) for at in (starts_at, ends_at)):
        raise InvalidField(LENGTH_NOT_POSSIBLE, "minutes")


def is_free(timetable: Timetable, starts_at: datetime, ends_at: datetime, claims: Sequence[Span], now: datetime) -> bool:
    """Whether a lottery can give the time, given the `claims` of others (blocked spans, sorted). Neither notice nor the horizon
    counts."""
    try:
        timetable.around(starts_at, ends_at).check_request(starts_at, ends_at, 1, now, beyond=True)
    except Refusal:
        return False
    span = int(starts_at.timestamp()), int(ends_at.timestamp())
    return subtract([span], timetable.not_for_all(claims)) == [span]
