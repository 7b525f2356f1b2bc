"""When a space is open. Layers, each overriding the one before: weekly hours, seasons, holidays and worked weekends,
exceptions, closures.

Hours of a day are spans in minutes since local midnight. If `closes` is not after `opens`, it is on the next day: 22:00–02:00
crosses midnight. 00:00–24:00 is the whole day.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Literal
from uuid import UUID

from services.booking.calendar.intervals import Span, clip, intersect, merge, subtract
from services.booking.calendar.local_days import MINUTES_A_DAY, LocalDays

Hours = Sequence[Span]
Reason = Literal["closed", "holiday", "blocked"]


def hours_of(entries: Sequence[Mapping[str, Any]]) -> list[Span]:
    """Spans of `[{"opens": "08:30", "closes": "12:00"}, …]`. Raises ValueError if one is not a time of day."""
    spans = []
    for entry in entries:
        opens, closes = _minute(entry["opens"]), _minute(entry["closes"])
        spans.append((opens, closes if closes > opens else closes + MINUTES_A_DAY))
    return merge(spans)


def weekly_hours_of(entries: Sequence[Mapping[str, Any]]) -> dict[int, list[Span]]:
    """Hours by ISO weekday (1 is Monday, 7 is Sunday). Each entry also has a `weekday`. Raises ValueError."""
    by_weekday: dict[int, list[Mapping[str, Any]]] = {}
    for entry in entries:
        if entry["weekday"] not in range(1, 8):
            raise ValueError(f"no weekday: {entry['weekday']!r}")
        by_weekday.setdefault(entry["weekday"], []).append(entry)
    return {weekday: hours_of(of_day) for weekday, of_day in by_weekday.items()}


def _minute(clock: str) -> int:
    hour, _, minute = clock.partition(":")
    if not (len(clock) == 5 and hour.isdecimal() and minute.isdecimal()):
        raise ValueError(f"no time of day: {clock!r}")
    minutes = int(hour) * 60 + int(minute)
    if minutes > MINUTES_A_DAY or int(minute) > 59:
        raise ValueError(f"no time of day: {clock!r}")
    return minutes


@dataclass(frozen=True, slots=True)
class StatutoryDay:
    """A holiday, a day that is worked instead (调休) with the hours of `weekday`, or a plain day. A provisional one was not
    announced yet."""

    kind: Literal["holiday", "workday", "plain"]
    weekday: int | None = None
    provisional: bool = False


@dataclass(frozen=True, slots=True)
class Season:
    """Other weekly hours from `first` to `last`, both included."""

    first: date
    last: date
    weekly: Mapping[int, Hours]


def seasons_of(entries: Sequence[Mapping[str, Any]]) -> list[Season]:
    """Seasons of `[{"first_day": "2026-07-01", "last_day": "2026-08-31", "opening_hours": […]}, …]`. Raises ValueError."""
    return [
        Season(
            date.fromisoformat(entry["first_day"]),
            date.fromisoformat(entry["last_day"]),
            weekly_hours_of(entry["opening_hours"]),
        )
        for entry in entries
    ]


@dataclass(frozen=True, slots=True)
class ClosedTime:
    """A closure, from `start` to `end` (instants). `space_id` and `space_name` say which space was closed: the space itself,
    its parent or a part. They are None if the whole community was. `note` and `space_name` are {"zh-CN", "en"}."""

    start: int
    end: int
    reason: str
    note: Mapping[str, Any] | None = None
    space_id: UUID | None = None
    space_name: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class ReservedTime:
    """A time (instants) that the lottery `lottery_id` decides at `draws_at`; from `blocks_from` until `blocks_until` with the
    turnover."""

    start: int
    end: int
    blocks_from: int
    blocks_until: int
    lottery_id: UUID
    draws_at: int


@dataclass(frozen=True, slots=True)
class PartHours:
    """Different hours of a part of a space for one day. `name` is {"zh-CN", "en"}."""

    hours: Hours
    space_id: UUID | None = None
    name: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class OpeningHours:
    """The layers for one space. `exceptions` are its own, or inherited from its parent. `part_exceptions` are those of its
    parts: a divisible space is open only while all its parts are. `closures` are those of the space, its parent and its parts,
    sorted by start; they may overlap."""

    weekly: Mapping[int, Hours]
    seasons: Sequence[Season] = ()
    on_holidays: Hours = ()
    statutory: Mapping[date, StatutoryDay] = field(default_factory=dict)
    exceptions: Mapping[date, Hours] = field(default_factory=dict)
    part_exceptions: Mapping[date, Sequence[PartHours]] = field(default_factory=dict)
    closures: Sequence[ClosedTime] = ()

    def regular(self, day: date) -> Hours:
        """The weekly hours of the season, without holidays. A worked weekend day has the hours of its weekday."""
        special = self.statutory.get(day)
        weekday = special.weekday if special and special.weekday else day.isoweekday()
        weekly = next((season.weekly for season in self.seasons if season.first <= day <= season.last), self.weekly)
        return weekly.get(weekday, ())

    def kept(self, day: date) -> Hours:
        """`regular`, with the hours of holidays."""
        special = self.statutory.get(day)
        return self.on_holidays if special and special.kind == "holiday" else self.regular(day)

    def open(self, day: date) -> Hours:
        """`kept`, with exceptions: the hours that apply unless there is a closure."""
        hours = self.exceptions[day] if day in self.exceptions else self.kept(day)
        for of_part in self.part_exceptions.get(day, ()):
            hours = intersect(hours, of_part.hours)
        return hours

    def provisional_spans(self, days: LocalDays, start: int, end: int) -> list[Span]:
        """The regular hours of provisional holidays between `start` and `end` (instants). Sorted and disjoint."""
        provisional = {day for day, special in self.statutory.items() if special.provisional and special.kind == "holiday"}
        return _spans(lambda day: self.regular(day) if day in provisional else (), days, start, end) if provisional else []

    def open_spans(self, days: LocalDays, start: int, end: int) -> list[Span]:
        """When the space is open between `start` and `end` (instants). Sorted and disjoint."""
        spans = _spans(self.open, days, start, end)
        return subtract(spans, self.closed_spans()) if self.closures else spans

    def closed_part(self, days: LocalDays, start: int, end: int) -> tuple[PartHours, Span] | None:
        """The part that keeps the space from being open from `start` to `end` (instants), because it has different hours that
        day, and the first time within that at which it is closed. None if no single part does."""
        for day in days:
            for part in self.part_exceptions.get(day, ()):
                others = replace(self, part_exceptions={}).open_spans(days, start, end)
                hours = [(days.instant(day, opens), days.instant(day, closes)) for opens, closes in part.hours]
                of_day = clip(others, days.instant(day, 0), days.instant(day, MINUTES_A_DAY))
                if part.space_id is not None and (shut := subtract(of_day, merge(hours))):
                    return part, shut[0]
        return None

    def closed_spans(self) -> list[Span]:
        """When there is a closure. Sorted and disjoint."""
        return merge((closed.start, closed.end) for closed in self.closures)

    def closed_reasons(self, days: LocalDays, start: int, end: int) -> dict[Reason, list[Span]]:
        """Candidate spans between `start` and `end` (instants) for each reason to be closed, strongest reason first. They
        also cover open time, which the caller has to subtract. Closed nights inside a closure are `closed`."""
        kept = _spans(self.kept, days, start, end)
        if self.closures:  # hours that only an exception has are kept by a closure too
            kept = merge([*kept, *_spans(self.open, days, start, end)])
        return {
            "blocked": kept,
            "holiday": _spans(self.regular, days, start, end),
            "closed": [(start, end)],
        }


def _spans(hours_on: Callable[[date], Hours], days: LocalDays, start: int, end: int) -> list[Span]:
    spans = [(days.instant(day, opens), days.instant(day, closes)) for day in days for opens, closes in hours_on(day)]
    return clip(merge(spans), start, end)
