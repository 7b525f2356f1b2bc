"""See how much the spaces of a community are used. Staff see it; nobody is named."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from chassis.rpc.call import Call
from chassis.rpc.refusal import InvalidField
from chassis.rpc.rules import UNKNOWN
from services.booking.access import ADMIN, DESK
from services.booking.calendar.local_days import MINUTES_A_DAY, LocalDays
from services.booking.calendar.storage import zone_of
from services.booking.interface.statistics import MOST_RESIDENTS
from services.booking.spaces import storage as spaces
from services.booking.spaces.models import Space
from services.booking.spaces.timetable import Timetable
from services.booking.statistics import storage
from services.booking.statistics.figures import Fairness, Open, Use, fairness, open_time, use
from services.booking.statistics.shares import ShareUse, kept_of, use_of_shares
from services.booking.statistics.storage import Count, ResidentUse, Used

SEES = (*DESK, ADMIN)


@dataclass(frozen=True, slots=True)
class SpaceUse:
    """Of a divisible space: it and its parts together."""

    space: Space
    use: Use
    bookings: int
    cancelled: int
    people: int


@dataclass(frozen=True, slots=True)
class DayUse:
    """Of a local day."""

    day: date
    use: Use


@dataclass(frozen=True, slots=True)
class SpaceDay:
    """Of a space on a local day; of a divisible one: it and its parts together."""

    space_id: UUID
    day: date
    use: Use
    bookings: int


@dataclass(frozen=True, slots=True)
class HourUse:
    """Of an hour (local) on all days of a weekday (ISO)."""

    weekday: int
    hour: int
    use: Use


@dataclass(frozen=True, slots=True)
class Occupancy:
    """See interface.statistics. `days` and `hours` are sorted."""

    community_id: str
    first_day: date
    last_day: date
    use: Use
    spaces: list[SpaceUse]
    days: list[DayUse]
    hours: list[HourUse]
    states: list[dict[str, Any]]
    channels: list[dict[str, Any]]
    fairness: Fairness
    shares: list[ShareUse]


def get_occupancy(
    call: Call,
    *,
    first_day: date,
    last_day: date,
    section: str | None = None,
    kind: str | None = None,
    space_id: UUID | None = None,
) -> Occupancy:
    """The use of the spaces of the community that the caller looks at, from `first_day` to `last_day` (local, included). Five
    statements, six if a space keeps times for some. Raises Unauthenticated, Forbidden, InvalidField if the caller does not look
    at one community or it has no such space."""
    zone, start, end = _period(call, first_day, last_day)
    community_id = call.community_id
    timetables = spaces.load_centre_timetables(call.session, community_id, start, end, section=section, kind=kind)
    if space_id is not None:
        timetables = [one for one in timetables if space_id in (one.space.id, one.space.parent_id)]
        if not timetables:
            raise InvalidField(UNKNOWN, "space_id")
    opened = _open_times(timetables, int(start.timestamp()), int(end.timestamp()))
    used = storage.used_hours(call.session, community_id, opened.keys(), zone.key, start, end)
    space_ids = {one.space.id for one in timetables} | opened.keys()
    counts = storage.count_bookings(call.session, community_id, space_ids, start, end)
    by_space: dict[UUID, list[Count]] = {}
    for count in counts:
        by_space.setdefault(count[0], []).append(count)
    total = Open()
    for one in opened.values():
        total.add(one)
    nothing = Counter[str]()
    return Occupancy(
        community_id,
        first_day,
        last_day,
        use(total.total, _sum(used.leaves.values())),
        [_of_space(timetable, opened, used, by_space) for timetable in timetables],
        [DayUse(day, use(total.days[day], used.days.get(day, nothing))) for day in sorted({*total.days, *used.days})],
        [HourUse(*slot, use(total.hours[slot], used.hours.get(slot, nothing))) for slot in sorted({*total.hours, *used.hours})],
        _counted("state", ((state, bookings) for _, state, _, bookings, _ in counts)),
        _counted("channel", ((channel, bookings) for _, state, channel, bookings, _ in counts if state == "confirmed")),
        fairness(storage.minutes_by_household(call.session, community_id, space_ids, start, end)),
        use_of_shares(call.session, community_id, kept_of(timetables, int(start.timestamp()), int(end.timestamp()))),
    )


def get_space_days(call: Call, *, first_day: date, last_day: date) -> list[SpaceDay]:
    """The use of each space of the community that the caller looks at on each day from `first_day` to `last_day` (local,
    included), sorted as spaces are, then by day. Four statements. Raises Unauthenticated, Forbidden, InvalidField if the caller
    does not look at one community."""
    zone, start, end = _period(call, first_day, last_day)
    community_id = call.community_id
    timetables = spaces.load_centre_timetables(call.session, community_id, start, end, section=None, kind=None)
    opened = _open_times(timetables, int(start.timestamp()), int(end.timestamp()))
    used = storage.used_days(call.session, community_id, opened.keys(), zone.key, start, end)
    space_ids = {one.space.id for one in timetables} | opened.keys()
    counts = storage.count_by_day(call.session, community_id, space_ids, zone.key, start, end)
    days = [first_day + timedelta(days=n) for n in range((last_day - first_day).days + 1)]
    nothing = Counter[str]()
    return [
        SpaceDay(
            timetable.space.id,
            day,
            use(
                sum(opened[leaf_id].days[day] for leaf_id in timetable.leaf_ids),
                _sum(used.get((leaf_id, day), nothing) for leaf_id in timetable.leaf_ids),
            ),
            sum(counts[space_id, day] for space_id in {timetable.space.id, *timetable.leaf_ids}),
        )
        for timetable in timetables
        for day in days
    ]


def get_use_by_resident(call: Call, *, first_day: date, last_day: date, after: UUID | None = None) -> list[ResidentUse]:
    """How much each resident booked in the community that the caller looks at, from `first_day` to `last_day` (local,
    included), in the order of ids, after the id `after`. At most MOST_RESIDENTS. Raises Unauthenticated, Forbidden,
    InvalidField."""
    _, start, end = _period(call, first_day, last_day)
    return storage.use_by_resident(call.session, call.community_id, start, end, after=after, most=MOST_RESIDENTS)


def _period(call: Call, first_day: date, last_day: date) -> tuple[ZoneInfo, datetime, datetime]:
    """The zone of the community, and the days as instants (aware, in UTC)."""
    call.acting.require_role(*SEES)
    if call.community_id not in call.acting.reach:
        raise InvalidField(UNKNOWN, "community_id")
    zone = zone_of(call.session, call.community_id)
    days = LocalDays(zone, first_day, last_day)
    start, end = days.instant(first_day, 0), days.instant(last_day, MINUTES_A_DAY)
    return zone, datetime.fromtimestamp(start, UTC), datetime.fromtimestamp(end, UTC)


def _open_times(timetables: Sequence[Timetable], start: int, end: int) -> dict[UUID, Open]:
    """When each leaf is open between `start` and `end` (instants). A part that is no longer offered by itself is open with the
    whole."""
    known: dict[tuple[Any, ...], Open] = {}  # many spaces have the same hours
    found: dict[UUID, Open] = {}
    for timetable in sorted(timetables, key=lambda one: len(one.leaf_ids), reverse=True):
        spans = tuple(timetable.open_spans(start, end))
        if spans not in known:
            known[spans] = open_time(spans, timetable.days)
        found |= dict.fromkeys(timetable.leaf_ids, known[spans])
    return found


def _of_space(timetable: Timetable, opened: dict[UUID, Open], used: Used, counts: Mapping[UUID, Sequence[Count]]) -> SpaceUse:
    states, people = Counter[str](), 0
    for space_id in {timetable.space.id, *timetable.leaf_ids}:
        for _, state, _, bookings, guests in counts.get(space_id, ()):
            states[state] += bookings
            people += guests if state == "confirmed" else 0
    return SpaceUse(
        timetable.space,
        use(
            sum(opened[leaf_id].total for leaf_id in timetable.leaf_ids),
            _sum(used.leaves[leaf_id] for leaf_id in timetable.leaf_ids if leaf_id in used.leaves),
        ),
        states["confirmed"],
        states["cancelled"],
        people,
    )


def _counted(name: str, counts: Iterable[tuple[str, int]]) -> list[dict[str, Any]]:
    """Bookings by what `name` is, as objects of the answer."""
    found = Counter[str]()
    for value, bookings in counts:
        found[value] += bookings
    return [{name: value, "bookings": bookings} for value, bookings in sorted(found.items())]


def _sum(counters: Any) -> Counter[str]:
    return sum(counters, Counter[str]())
