"""Fair opening: when the dates of a space open, for whom first, and which of its times are kept for whom. No I/O.

Instants are whole seconds since the epoch, weekdays are those of ISO (1 is Monday)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Self
from uuid import UUID
from zoneinfo import ZoneInfo

from chassis.rpc.communities import Communities
from chassis.rpc.identity import Identity
from services.booking.access import HELPERS
from services.booking.calendar.intervals import Span
from services.booking.calendar.local_days import LocalDays
from services.booking.calendar.opening_hours import Hours, weekly_hours_of
from services.booking.interface.fair_opening import ELDER_AGES, FIRST, KEPT_FOR
from services.booking.interface.refusals import KeptForCounter, KeptForElders, NotOpenYet

WEEK = timedelta(days=7)
DEFAULT_ELDER_AGE = ELDER_AGES[0]


@dataclass(frozen=True, slots=True)
class Asker:
    """For whom a time is asked. `age`: they are surely so old (one of ELDER_AGES); None: younger, or nobody knows. `counters`
    are the communities whose staff ask for them. `community_id` is where they live. `last_uses` is the latest start of their
    household's bookings by kind of space; None: it was not read, and then they do not count as `rested`."""

    age: int | None = None
    counters: Communities = field(default_factory=Communities.only)
    community_id: str | None = None
    last_uses: Mapping[str, datetime] | None = None

    @classmethod
    def of(
        cls,
        acting: Identity,
        resident_id: UUID | None = None,
        *,
        as_elder: bool = False,
        age: int | None = None,
        home_id: str | None = None,
    ) -> Self:
        """The resident `resident_id` for whom the caller asks, or the caller if it is None. With `as_elder`, staff say that
        they are an elder in every space. `age` is one that they have surely reached, such as Booking.elder_age.
        `home_id` is the community in which they live, if the call does not name it."""
        own = resident_id is None or str(resident_id) in (acting.account_id, *acting.children)
        helps = acting.system_id is None and not own and acting.has_role(*HELPERS)
        known = acting.age_of(resident_id or acting.account_id)
        return cls(
            age=ELDER_AGES[-1] if as_elder else max(known or 0, age or 0) or None,
            counters=acting.reach if helps else Communities.only(),
            community_id=acting.home_of(resident_id or acting.account_id) or home_id,
        )

    def is_elder(self, from_age: int) -> bool:
        return self.age is not None and self.age >= from_age


VISITOR = Asker()


@dataclass(frozen=True, slots=True)
class Opening:
    """Each local week opens `weeks_ahead` weeks before, on `weekday` at the local time `at`. Who is one of `first` (FIRST) may
    book then, the others `head_start` later. `rested_days`: see NewOpening."""

    weekday: int
    at: time
    weeks_ahead: int
    first: frozenset[str] = frozenset()
    head_start: timedelta = timedelta()
    rested: timedelta = timedelta(days=30)

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> Self:
        """From the column `opening`. Raises ValueError."""
        first = frozenset(stored["first"])
        if not first <= set(FIRST) or stored["weekday"] not in range(1, 8) or stored["weeks_ahead"] < 1:
            raise ValueError(f"no opening: {stored!r}")
        return cls(
            stored["weekday"],
            time.fromisoformat(stored["at"]),
            stored["weeks_ahead"],
            first,
            timedelta(hours=stored["head_start_hours"]),
            timedelta(days=stored["rested_days"]),
        )

    def opens_at(self, day: date, zone: ZoneInfo, *, first: bool) -> datetime:
        """When the week of the local `day` opens (UTC), for the first wave or for everybody. A local time that the clocks skip
        is the one with the offset before the change."""
        on = monday_of(day) - self.weeks_ahead * WEEK + timedelta(days=self.weekday - 1)
        opens = datetime.combine(on, self.at, zone).astimezone(UTC)
        return opens if first else opens + self.head_start

    def latest(self, now: datetime, zone: ZoneInfo, *, first: bool) -> int:
        """The instant at which the last week ends that is open at `now`."""
        week = monday_of(now.astimezone(zone).date()) + self.weeks_ahead * WEEK
        while self.opens_at(week, zone, first=first) > now:  # at most twice: a head start is shorter than a week
            week -= WEEK
        return int(datetime.combine(week + WEEK, time(), zone).timestamp())

    def weeks(self, zone: ZoneInfo, start: int, end: int, *, first: bool) -> Iterator[tuple[int, int, int]]:
        """(start, end, when it opens) of the local weeks between `start` and `end`."""
        while start < end:
            day = datetime.fromtimestamp(start, zone).date()
            until = min(end, int(datetime.combine(monday_of(day) + WEEK, time(), zone).timestamp()))
            yield start, until, int(self.opens_at(day, zone, first=first).timestamp())
            start = until

    def is_head_start(self, now: datetime, zone: ZoneInfo) -> bool:
        """Whether some week is open for the first wave only."""
        return self.latest(now, zone, first=True) != self.latest(now, zone, first=False)


@dataclass(frozen=True, slots=True)
class Share:
    """The times `weekly` are kept for some (KEPT_FOR) until so long before each of them begins."""

    kept_for: str
    weekly: Mapping[int, Hours]
    until: timedelta

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> Self:
        """From an entry of the column `shares`. Raises ValueError."""
        if stored["kept_for"] not in KEPT_FOR:
            raise ValueError(f"no share: {stored!r}")
        return cls(stored["kept_for"], weekly_hours_of(stored["hours"]), timedelta(hours=stored["until_hours"]))

    def spans(self, days: LocalDays) -> Iterator[Span]:
        for day in days:
            for opens, closes in self.weekly.get(day.isoweekday(), ()):
                start, end = days.instant(day, opens), days.instant(day, closes)
                if start < end:
                    yield start, end


@dataclass(frozen=True, slots=True)
class KeptTime:
    """A time that is kept for some (KEPT_FOR) until the instant `until`. Elders are people of `elder_age` and over."""

    start: int
    end: int
    kept_for: str
    until: int
    elder_age: int

    def refusal(self, zone: ZoneInfo) -> KeptForElders | KeptForCounter:
        """The refusal of others who want it."""
        until = datetime.fromtimestamp(self.until, zone).isoformat()
        if self.kept_for == "elders":
            return KeptForElders(kept_until=until, elder_age=self.elder_age)
        return KeptForCounter(kept_until=until)


@dataclass(frozen=True, slots=True)
class FairOpening:
    """The rules of one space. `shares` are its own, those of its parent and those of its parts: who books the whole takes what
    its parts keep."""

    community_id: str
    kind: str
    elder_age: int = DEFAULT_ELDER_AGE
    opening: Opening | None = None
    shares: Sequence[Share] = ()

    @classmethod
    def of(cls, space: Any, related: Sequence[Sequence[Mapping[str, Any]]] = ()) -> Self | None:
        """The rules of a Space with the `shares` of its parent or its parts. None if there are no such rules, so that it does
        not matter who asks."""
        shares = [Share.read(entry) for entries in (space.shares or (), *related) for entry in entries]
        opening = None if space.opening is None else Opening.read(space.opening)
        if opening is None and not shares:
            return None
        return cls(space.community_id, space.kind, space.elder_age or DEFAULT_ELDER_AGE, opening, shares)

    def is_favoured(self, asker: Asker, kept_for: str) -> bool:
        if kept_for == "elders":
            return asker.is_elder(self.elder_age)
        return self.community_id in asker.counters

    def marks(self, asker: Asker) -> dict[str, bool]:
        """See Timetable.marks."""
        keeps = bool(self.shares)
        favoured = {one: keeps and self.is_favoured(asker, one) for one in KEPT_FOR}
        return {"for_elder": favoured["elders"], "at_counter": favoured["counter"]}

    def is_first(self, asker: Asker, now: datetime) -> bool:
        """Whether the asker belongs to the first wave."""
        if self.opening is None or not self.opening.first:
            return False
        first = self.opening.first
        return (
            ("elders" in first and asker.is_elder(self.elder_age))
            or ("community" in first and asker.community_id == self.community_id)
            or ("rested" in first and self._is_rested(asker, now - self.opening.rested))
        )

    def _is_rested(self, asker: Asker, since: datetime) -> bool:
        if asker.last_uses is None:
            return False
        last = asker.last_uses.get(self.kind)
        return last is None or last < since

    def depends_on_uses(self, asker: Asker, now: datetime, zone: ZoneInfo) -> bool:
        """Whether what the asker may book at `now` depends on the `last_uses` of the household."""
        opening = self.opening
        if opening is None or "rested" not in opening.first or asker.last_uses is not None:
            return False
        return not self.is_first(asker, now) and opening.is_head_start(now, zone)

    def not_open_yet(self, asker: Asker, day: date, now: datetime, zone: ZoneInfo) -> NotOpenYet:
        """The refusal of a booking that ends on the local `day`."""
        opening, is_first = self.opening, self.is_first(asker, now)
        if opening is None:
            return NotOpenYet()
        opens = {first: opening.opens_at(day, zone, first=first).astimezone(zone).isoformat() for first in (True, False)}
        wave = "first" if is_first else "everybody"
        return NotOpenYet(opens_at=opens[is_first], wave=wave, first=sorted(opening.first), first_opens_at=opens[True])

    def kept_times(self, asker: Asker, days: LocalDays, now: datetime, start: int, end: int) -> list[KeptTime]:
        """The times between `start` and `end` that are kept for others than the asker at `now`, sorted. Those for different
        people may overlap."""
        present = now.timestamp()
        found = (
            one for share in self.shares if not self.is_favoured(asker, share.kept_for) for one in self._times(share, days)
        )
        clipped = (replace(one, start=max(one.start, start), end=min(one.end, end)) for one in found if present < one.until)
        return sorted((one for one in clipped if one.start < one.end), key=_in_order)

    def all_kept_times(self, days: LocalDays, start: int, end: int) -> list[KeptTime]:
        """The times that begin between `start` and `end` and are kept for some, whoever asks and whenever, sorted."""
        found = (one for share in self.shares for one in self._times(share, days))
        return sorted((one for one in found if start <= one.start < end), key=_in_order)

    def _times(self, share: Share, days: LocalDays) -> Iterator[KeptTime]:
        before = int(share.until.total_seconds())
        return (KeptTime(a, b, share.kept_for, a - before, self.elder_age) for a, b in share.spans(days))


def _in_order(time: KeptTime) -> tuple[int, int, str]:
    return time.start, time.end, time.kept_for


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())
