"""Timetables of spaces: one statement for any number of spaces and days. Those that bookings are checked against are cached,
and so are those of a centre."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Date,
    DateTime,
    Integer,
    Select,
    Text,
    Uuid,
    bindparam,
    cast,
    column,
    func,
    literal,
    or_,
    select,
    text,
    tuple_,
)
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by
from sqlalchemy.orm import Session, aliased

from chassis.config import settings
from chassis.rpc.identity import Identity
from chassis.rpc.refusal import Refusal
from services.booking.calendar.cache import cache_of
from services.booking.calendar.local_days import LocalDays
from services.booking.calendar.models import (
    EVERYWHERE,
    CalendarDay,
    CalendarRevision,
    Closure,
    ClosureSpace,
    Community,
    LotteryTime,
    SpaceException,
)
from services.booking.calendar.opening_hours import (
    ClosedTime,
    Hours,
    OpeningHours,
    PartHours,
    ReservedTime,
    StatutoryDay,
    hours_of,
    seasons_of,
    weekly_hours_of,
)
from services.booking.spaces.fair_opening import VISITOR, Asker, FairOpening
from services.booking.spaces.models import LONGEST_BOOKING, Space
from services.booking.spaces.timetable import Timetable

_part = aliased(Space, name="part")
_closed = aliased(Space, name="closed")
_kin = aliased(Space, name="kin")
_FIRST, _LAST = bindparam("first", type_=Date), bindparam("last", type_=Date)
CANDIDATES = 12  # most spaces that are searched for alternatives
CACHED_AHEAD = timedelta(days=62)  # a cached timetable covers this time; most bookings are for the next weeks
CACHED_BEHIND = timedelta(days=8)  # those of a centre cover this time too; pages show weeks and days from their beginning
MOST_CENTRES = 32  # whose timetables are cached; a centre of 50 spaces takes 2 MB


def _time_zone() -> ColumnElement[str]:
    own = select(Community.time_zone).where(Community.id == Space.community_id).scalar_subquery()
    return func.coalesce(own, bindparam("default_zone", type_=Text))


def _statutory_days() -> ColumnElement[Any]:
    """[[day, kind, weekday, provisional], …]. Rows of the community come after those of the country, because later ones
    override earlier ones in the dictionary that is built from them."""
    row = func.jsonb_build_array(CalendarDay.day, CalendarDay.kind, CalendarDay.weekday, CalendarDay.provisional)
    return (
        select(func.jsonb_agg(aggregate_order_by(row, CalendarDay.community_id != EVERYWHERE)))
        .where(CalendarDay.community_id.in_([literal(EVERYWHERE), Space.community_id]), CalendarDay.day.between(_FIRST, _LAST))
        .scalar_subquery()
    )


def _part_ids() -> ColumnElement[Any]:
    return select(func.array_agg(aggregate_order_by(_part.id, _part.id))).where(_part.parent_id == Space.id).scalar_subquery()


def _exceptions() -> ColumnElement[Any]:
    """[[space_id, day, hours, name], …] of the space, its parent and its parts. `name` is that of a part, else null."""
    of_part = select(_part.name).where(_part.id == SpaceException.space_id, _part.parent_id == Space.id)
    named = of_part.correlate(Space, SpaceException).scalar_subquery()
    row = func.jsonb_build_array(SpaceException.space_id, SpaceException.day, SpaceException.hours, named)
    related = or_(
        SpaceException.space_id.in_([Space.id, Space.parent_id]),
        SpaceException.space_id.in_(select(_part.id).where(_part.parent_id == Space.id).correlate(Space)),
    )
    return select(func.jsonb_agg(row)).where(SpaceException.day.between(_FIRST, _LAST), related).scalar_subquery()


def _shares_of_related() -> ColumnElement[Any]:
    """The shares of the parent, or those of each part."""
    related = or_(_kin.id == Space.parent_id, _kin.parent_id == Space.id)
    found = select(func.jsonb_agg(_kin.shares)).where(related, _kin.shares != text("'[]'::jsonb"))
    return found.correlate(Space).scalar_subquery()


def _closures() -> ColumnElement[Any]:
    """[[start, end, reason, note, space_id, space_name], …] of the space, its parent and its parts, or of the whole community,
    sorted by start. The last two are null for a closure of the whole community."""
    row = func.jsonb_build_array(
        _epoch(Closure.starts_at), _epoch(Closure.ends_at), Closure.reason, Closure.note, _closed.id, _closed.name
    )
    related = or_(
        ClosureSpace.space_id.in_([Space.id, Space.parent_id]),
        ClosureSpace.space_id.in_(select(_part.id).where(_part.parent_id == Space.id).correlate(Space)),
    )
    return (
        select(func.jsonb_agg(aggregate_order_by(row, Closure.starts_at, Closure.id, _closed.id)))
        .select_from(Closure)
        .outerjoin(ClosureSpace, ClosureSpace.closure_id == Closure.id)
        .outerjoin(_closed, _closed.id == ClosureSpace.space_id)
        .where(
            Closure.community_id == Space.community_id,
            Closure.ends_at > bindparam("from_time", type_=DateTime(timezone=True)),
            Closure.starts_at < bindparam("to_time", type_=DateTime(timezone=True)),
            or_(Closure.whole, related),
        )
        .correlate(Space)
        .scalar_subquery()
    )


def _reserved() -> ColumnElement[Any]:
    """[[start, end, blocks_from, blocks_until, lottery_id, draws_at], …] of the space, its parent and its parts, sorted by
    blocks_from."""
    instants = (LotteryTime.starts_at, LotteryTime.ends_at, LotteryTime.blocks_from, LotteryTime.blocks_until)
    row = func.jsonb_build_array(*map(_epoch, instants), LotteryTime.lottery_id, _epoch(LotteryTime.draws_at))
    related = or_(
        LotteryTime.space_id.in_([Space.id, Space.parent_id]),
        LotteryTime.space_id.in_(select(_part.id).where(_part.parent_id == Space.id).correlate(Space)),
    )
    return (
        select(func.jsonb_agg(aggregate_order_by(row, LotteryTime.blocks_from, LotteryTime.blocks_until)))
        .where(
            LotteryTime.reserved,
            LotteryTime.ends_at > bindparam("from_time", type_=DateTime(timezone=True)),
            LotteryTime.starts_at < bindparam("to_time", type_=DateTime(timezone=True)),
            related,
        )
        .correlate(Space)
        .scalar_subquery()
    )


def _epoch(moment: Any) -> ColumnElement[int]:
    return cast(func.date_part("epoch", moment), BigInteger)


# Built once, because SQLAlchemy takes five times as long to build these statements as to run them.
_REVISION = select(CalendarRevision.revision).where(CalendarRevision.community_id == Space.community_id).scalar_subquery()
_TIMETABLES = select(
    Space,
    _time_zone(),
    _statutory_days(),
    _part_ids(),
    _exceptions(),
    _REVISION,
    _closures(),
    _shares_of_related(),
    _reserved(),
)
_OF_ONE = _TIMETABLES.where(Space.id == bindparam("space_id", type_=Uuid))
_CURRENT = select(CalendarRevision.revision).where(CalendarRevision.community_id == bindparam("community_id", type_=Text))
_OF_CENTRE = _TIMETABLES.where(
    Space.community_id == bindparam("community_id"),
    Space.active,
    func.coalesce(bindparam("section", type_=Text), Space.section) == Space.section,
    func.coalesce(bindparam("kind", type_=Text), Space.kind) == Space.kind,
).order_by(Space.code)
_item = func.jsonb_array_elements(Space.equipment).table_valued(column("value", JSONB), name="item").render_derived()
_item_names = [_item.c.value[("name", language)].astext for language in ("zh-CN", "en")]
_EQUIPMENT = bindparam("equipment", type_=Text)
_OF_SUITABLE = _TIMETABLES.where(
    Space.community_id == bindparam("community_id"),
    Space.active,
    Space.capacity >= bindparam("attendees", type_=Integer),
    func.coalesce(bindparam("section", type_=Text), Space.section) == Space.section,
    func.coalesce(bindparam("kind", type_=Text), Space.kind) == Space.kind,
    or_(
        _EQUIPMENT.is_(None),
        Space.id == func.any(bindparam("also", type_=ARRAY(Uuid))),
        select(_item.c.value)
        .where(or_(*(func.strpos(func.lower(name), func.lower(_EQUIPMENT)) > 0 for name in _item_names)))
        .correlate(Space)
        .exists(),
    ),
    tuple_(Space.capacity, Space.code)
    > tuple_(bindparam("after_capacity", type_=Integer), bindparam("after_code", type_=Text)),
)
_OF_SUITABLE = _OF_SUITABLE.order_by(Space.capacity, Space.code).limit(bindparam("most", type_=Integer))
_OF_SOME = _TIMETABLES.where(
    Space.community_id == bindparam("community_id"), Space.id == func.any(bindparam("space_ids", type_=ARRAY(Uuid)))
)
_OF_ALIKE = (
    _TIMETABLES.where(
        Space.community_id == bindparam("community_id"),
        Space.section == bindparam("section"),
        Space.kind == bindparam("kind"),
        or_(Space.active, Space.id == bindparam("space_id", type_=Uuid)),
        or_(Space.capacity >= bindparam("attendees"), Space.id == bindparam("space_id", type_=Uuid)),
    )
    .order_by(Space.id != bindparam("space_id", type_=Uuid), Space.code)
    .limit(CANDIDATES)
)


def find_timetable(
    session: Session,
    acting: Identity,
    space_id: UUID,
    starts_at: datetime,
    ends_at: datetime,
    attendees: int,
    now: datetime,
    *,
    asker: Asker = VISITOR,
    beyond: bool = False,
) -> Timetable | None:
    """The timetable of a space for `asker`, for a booking by the caller from `starts_at` to `ends_at` (aware) that it accepts
    at `now` (`beyond`: see Timetable.check_request). It may be cached, so the statement that books must check its revision.
    None if there is no such space. Raises NotForYourCommunity and the refusals of Timetable.check_request; a refusal is always
    that of the current calendar. At most one statement."""
    # A request for a century must not load a century.
    end = min(ends_at, starts_at + LONGEST_BOOKING)
    cached = _cached(session, space_id, starts_at, end)
    cached = cached and cached.asked_by(asker)
    if cached is not None and _accepts(cached, acting, starts_at, ends_at, attendees, now, beyond):
        return cached
    current = _load_and_cache(session, space_id, starts_at, end, now)
    if current is not None:
        current = current.asked_by(asker)
        _check(current, acting, starts_at, ends_at, attendees, now, beyond)
    return current


def _check(timetable: Timetable, acting: Identity, *request: Any) -> None:
    timetable.space.check_open_to(acting)
    timetable.check_request(*request)


def _accepts(timetable: Timetable, acting: Identity, *request: Any) -> bool:
    try:
        _check(timetable, acting, *request)
    except Refusal:
        return False
    return True


def _cached(session: Session, space_id: UUID, start: datetime, end: datetime) -> Timetable | None:
    begins, ends, timetable = cache_of(session).find(space_id) or (end, start, None)
    return timetable.around(start, end) if timetable is not None and begins <= start <= end <= ends else None


def _load_and_cache(session: Session, space_id: UUID, start: datetime, end: datetime, now: datetime) -> Timetable | None:
    """The current timetable. It is cached if the time from `start` to `end` is within CACHED_AHEAD of `now`."""
    until = now + CACHED_AHEAD
    if not now <= start <= end <= until:
        return load_timetable(session, space_id, start, end)
    timetable = load_timetable(session, space_id, now, until)
    if timetable is None:
        return None
    session.expunge(timetable.space)  # the cache keeps it longer than the session lives
    cache_of(session).keep(space_id, timetable.space.community_id, (now, until, timetable))
    return timetable.around(start, end)


def load_timetable(session: Session, space_id: UUID, start: datetime, end: datetime) -> Timetable | None:
    """The timetable of a space from `start` to `end` (aware). None if there is no such space."""
    found = _load(session, _OF_ONE, start, end, space_id=space_id)
    return found[0] if found else None


def find_centre_timetables(
    session: Session,
    community_id: str,
    start: datetime,
    end: datetime,
    now: datetime,
    *,
    section: str | None,
    kind: str | None,
) -> list[Timetable]:
    """`load_centre_timetables`, from the cache if nothing of the calendar has changed since. One statement, or two."""
    if not now - CACHED_BEHIND <= start <= end <= now + CACHED_AHEAD:
        return load_centre_timetables(session, community_id, start, end, section=section, kind=kind)
    found = [one for one in _cached_centre(session, community_id, start, end, now) if _is_of(one.space, section, kind)]
    if not found:
        return []
    days = LocalDays.around(found[0].days.zone, int(start.timestamp()), int(end.timestamp()))
    return [replace(one, days=days) for one in found]


def _cached_centre(session: Session, community_id: str, start: datetime, end: datetime, now: datetime) -> list[Timetable]:
    """The timetables of a centre, at the calendar's revision of now, for more than the time from `start` to `end`."""
    cache, key = cache_of(session, "centres", MOST_CENTRES), uuid5(NAMESPACE_OID, community_id)
    begins, until, timetables = cache.find(key) or (end, start, [])
    if begins <= start and end <= until:
        revision = session.scalar(_CURRENT, {"community_id": community_id})
        if revision is not None and revision == timetables[0].revision:
            return timetables
    begins, until = now - CACHED_BEHIND, now + CACHED_AHEAD
    loaded = load_centre_timetables(session, community_id, begins, until, section=None, kind=None)
    timetables = [timetable.opened() for timetable in loaded]
    for timetable in timetables:
        session.expunge(timetable.space)  # the cache keeps it longer than the session lives
    if timetables:
        cache.keep(key, community_id, (begins, until, timetables))
    return timetables


def _is_of(space: Space, section: str | None, kind: str | None) -> bool:
    return section in (None, space.section) and kind in (None, space.kind)


def load_centre_timetables(
    session: Session, community_id: str, start: datetime, end: datetime, *, section: str | None, kind: str | None
) -> list[Timetable]:
    """The timetables of the spaces of a community, sorted by code."""
    return _load(session, _OF_CENTRE, start, end, community_id=community_id, section=section, kind=kind)


def load_suitable_timetables(
    session: Session,
    community_id: str,
    start: datetime,
    end: datetime,
    *,
    attendees: int,
    section: str | None,
    kind: str | None,
    equipment: str | None,
    most: int,
    also: Collection[UUID] = (),
) -> Iterator[list[Timetable]]:
    """The timetables of the spaces of a community that have room for `attendees` and some equipment with that word in its name,
    the smallest first, then by code, `most` at a time; of `also` whatever equipment they have. One statement each time."""
    wish = {
        "attendees": attendees,
        "section": section,
        "kind": kind,
        "equipment": equipment,
        "most": most,
        "also": sorted(also),
    }
    last = (0, "")
    while found := _load(
        session,
        _OF_SUITABLE,
        start,
        end,
        community_id=community_id,
        after_capacity=last[0],
        after_code=last[1],
        **wish,
    ):
        yield found
        if len(found) < most:
            return
        last = found[-1].space.capacity, found[-1].space.code


def load_timetables(
    session: Session, community_id: str, space_ids: Collection[UUID], start: datetime, end: datetime
) -> dict[UUID, Timetable]:
    """The timetables of those of the spaces that the community has, by space id. One statement."""
    found = _load(session, _OF_SOME, start, end, community_id=community_id, space_ids=sorted(space_ids))
    return {timetable.space.id: timetable for timetable in found}


def load_alike_timetables(session: Session, space: Space, attendees: int, start: datetime, end: datetime) -> list[Timetable]:
    """The timetable of `space` first, then those of other spaces of the same kind and section with room for `attendees`."""
    about = {"community_id": space.community_id, "section": space.section, "kind": space.kind, "space_id": space.id}
    return _load(session, _OF_ALIKE, start, end, **about, attendees=attendees)


def _load(session: Session, statement: Select[Any], start: datetime, end: datetime, **parameters: Any) -> list[Timetable]:
    """All spaces must be of one community: they share its time zone and calendar."""
    # A local date differs from the UTC date by at most one day, and hours may end in the day after.
    window = {
        "first": start.astimezone(UTC).date() - timedelta(days=2),
        "last": end.astimezone(UTC).date() + timedelta(days=1),
        "from_time": start - timedelta(days=2),
        "to_time": end + timedelta(days=2),
        "default_zone": settings().time_zone,
    }
    rows = session.execute(statement, window | parameters).all()
    if not rows:
        return []
    days = LocalDays.around(ZoneInfo(rows[0][1]), int(start.timestamp()), int(end.timestamp()))
    statutory = {date.fromisoformat(day): StatutoryDay(*about) for day, *about in rows[0][2] or ()}
    return [_timetable(row, statutory, days) for row in rows]


def _timetable(row: Sequence[Any], statutory: Mapping[date, StatutoryDay], days: LocalDays) -> Timetable:
    space, _, _, part_ids, exceptions, revision, closures, shares, reserved = row
    own: dict[date, Hours] = {}
    inherited: dict[date, Hours] = {}
    of_parts: dict[date, list[PartHours]] = {}
    for space_id, day, entries, name in exceptions or ():
        on, hours = date.fromisoformat(day), hours_of(entries)
        if space_id == str(space.id):
            own[on] = hours
        elif space_id == str(space.parent_id):
            inherited[on] = hours
        else:
            of_parts.setdefault(on, []).append(PartHours(hours, UUID(space_id), name))
    opening_hours = OpeningHours(
        weekly=weekly_hours_of(space.opening_hours),
        seasons=seasons_of(space.seasons),
        on_holidays=hours_of(space.holiday_hours),
        statutory=statutory,
        exceptions=inherited | own,
        part_exceptions=of_parts,
        closures=[
            ClosedTime(start, end, reason, note, UUID(id_) if id_ else None, name)
            for start, end, reason, note, id_, name in closures or ()
        ],
    )
    fair = FairOpening.of(space, shares or ())
    by_lottery = tuple(ReservedTime(a, b, c, d, UUID(id_), draws_at) for a, b, c, d, id_, draws_at in reserved or ())
    leaf_ids = tuple(part_ids or (space.id,))
    return Timetable(space, leaf_ids, opening_hours, days, revision, fair=fair, reserved=by_lottery)
