"""Selects and locks of limits."""

from collections.abc import Iterable, Sequence
from uuid import NAMESPACE_OID, UUID, uuid5

from sqlalchemy import ARRAY, Text, bindparam, func, or_, select, true
from sqlalchemy.orm import Session, joinedload

from chassis.database.communities import within
from chassis.database.pagination import Page, page
from chassis.rpc.communities import Communities
from services.booking.calendar.cache import cache_of
from services.booking.calendar.models import EVERYWHERE, CalendarRevision
from services.booking.calendar.revision import IS_CURRENT, expect_current
from services.booking.limits.models import Limit, LimitChange
from services.booking.spaces.models import Space

# One entry for each community, apart from the timetables, of which there are many more.
_WITH_SPACE = joinedload(Limit.space)
_IN_FORCE = (
    select(CalendarRevision.revision, Limit)
    .select_from(CalendarRevision)
    .outerjoin(
        Limit,
        Limit.ended_at.is_(None) & or_(Limit.community_id == EVERYWHERE, Limit.community_id == CalendarRevision.community_id),
    )
    .where(CalendarRevision.community_id == bindparam("community"))
    .order_by(Limit.created_at, Limit.id)
    .options(_WITH_SPACE)
)
_KEY = bindparam("keys", type_=ARRAY(Text))
_LOCK = select(func.pg_advisory_xact_lock(func.hashtextextended(func.unnest(_KEY), 0)))
# The shared lock first: whoever locks all subjects at once waits for those who have it, and keeps out the others.
_ALL_SUBJECTS = func.hashtextextended("booking limits of everybody", 0)
_EVERYBODY = select(func.pg_advisory_xact_lock_shared(_ALL_SUBJECTS).label("locked")).cte("everybody")
_EACH = func.unnest(_KEY).table_valued("key", name="subject").render_derived()
_LOCK_SUBJECTS = select(_EVERYBODY.c.locked, func.pg_advisory_xact_lock(func.hashtextextended(_EACH.c.key, 0))).select_from(
    _EVERYBODY.join(_EACH, true())
)
_LOCK_ALL = select(func.pg_advisory_xact_lock(_ALL_SUBJECTS))


def limits_in_force(session: Session, community_id: str, revision: UUID) -> Sequence[Limit]:
    """The limits of a community and of the whole district, as they are at the calendar's `revision`. They are cached until the
    revision changes, which a trigger does with every change of a limit. The statement that books compares the revision, so it
    never relies on limits of another time. At most one statement."""
    cache, key = cache_of(session, "limits"), uuid5(NAMESPACE_OID, community_id)
    known, limits = cache.find(key) or (None, ())
    if known == revision:
        return limits
    rows = session.execute(_IN_FORCE, {"community": community_id}).all()
    limits = tuple(limit for _, limit in rows if limit is not None)
    for limit in limits:
        session.expunge(limit)  # the cache keeps it longer than the session lives, and the name of its space too
    for space in {limit.space for limit in limits if limit.space is not None}:
        if space in session:
            session.expunge(space)
    if rows:
        cache.keep(key, community_id, (rows[0][0], limits))
    return limits


def expect_current_limits(session: Session, community_id: str, revision: UUID) -> None:
    """Raises CalendarChanged if limits, or the calendar, have changed since `revision`."""
    is_current = session.scalar(select(IS_CURRENT), {"in_community": community_id, "revision": revision})
    expect_current(session, community_id, is_current)


def subjects_of(resident_id: UUID | None, household_id: UUID | None) -> set[tuple[str, UUID]]:
    """Whose limits count for a booking of the resident and the household, as `lock_subjects` names them."""
    return {(kind, id_) for kind, id_ in (("resident", resident_id), ("household", household_id)) if id_ is not None}


def lock_subjects(session: Session, subjects: Iterable[tuple[str, UUID]]) -> None:
    """Lock what subjects, (`resident`, id) or (`household`, id), have taken of their limits, until the transaction ends. The
    next statement sees what the lock's holder before has booked. Locked in one order, so that nobody deadlocks."""
    session.execute(_LOCK_SUBJECTS, {"keys": _keys(subjects)})


def lock_all_subjects(session: Session) -> None:
    """Lock what everybody has taken of their limits, with one lock: PostgreSQL's lock table has room for some thousand locks of
    all transactions together, and a draw may have 5,000 residents and their households. Nobody books under a limit meanwhile,
    in any community. A process of the release before takes no shared lock. During an upgrade it can therefore book in another
    community at the same time; in the community of the draw, the lock of the calendar keeps it out."""
    session.execute(_LOCK_ALL)


def lock_apart(session: Session, subjects: Iterable[tuple[str, UUID]]) -> None:
    """Lock something else than limits under the names of subjects, until the transaction ends."""
    session.execute(_LOCK, {"keys": _keys(subjects)})


def _keys(subjects: Iterable[tuple[str, UUID]]) -> list[str]:
    return sorted(f"booking limits of {kind} {id_}" for kind, id_ in subjects)


def list_limits(session: Session, *, communities: Communities, ended: bool, limit: int, cursor: str | None) -> Page[Limit]:
    """Limits that hold in `communities`, also because they are of the whole district, the newest first."""
    statement = select(Limit).options(_WITH_SPACE)
    statement = statement.where(or_(Limit.community_id == EVERYWHERE, within(Limit.community_id, communities)))
    if not ended:
        statement = statement.where(Limit.ended_at.is_(None))
    return page(session, statement, keys=[(Limit.created_at, "desc"), (Limit.id, "desc")], limit=limit, cursor=cursor)


def find_limit(session: Session, limit_id: UUID, *, lock: bool = False) -> Limit | None:
    statement = select(Limit).options(_WITH_SPACE).where(Limit.id == limit_id)
    return session.scalar(statement.with_for_update(of=Limit) if lock else statement)


def others_in_force(session: Session, limit: Limit) -> Sequence[Limit]:
    """The limits in force of the same subject and measure that are compared with `limit`."""
    statement = select(Limit).options(_WITH_SPACE, joinedload(Limit.space))
    alike = (Limit.subject == limit.subject, Limit.measure == limit.measure, Limit.ended_at.is_(None), Limit.id != limit.id)
    of_same = Limit.community_id == limit.community_id
    return session.scalars(statement.where(of_same, *alike).order_by(Limit.created_at)).all()


def lock_limits_of(session: Session, community_id: str) -> None:
    """One change of the limits of a community at a time, so that two that contradict each other are not both made."""
    session.execute(_LOCK, {"keys": [f"limits of community {community_id}"]})


def shortest_above(session: Session, limit: Limit) -> Space | None:
    """A space that `limit` is about, whose shortest booking has more minutes than the limit allows."""
    statement = select(Space).where(Space.min_minutes > limit.allowed, within(Space.community_id, limit.where))
    for column, value in ((Space.kind, limit.kind), (Space.section, limit.section)):
        if value is not None:
            statement = statement.where(column == value)
    if limit.space_id is not None:
        statement = statement.where(or_(Space.id == limit.space_id, Space.parent_id == limit.space_id))
    return session.scalar(statement.order_by(Space.code).limit(1))


def list_changes(session: Session, limit_id: UUID, *, limit: int, cursor: str | None) -> Page[LimitChange]:
    """The changes of a limit, the newest first."""
    statement = select(LimitChange).where(LimitChange.limit_id == limit_id)
    return page(session, statement, keys=[(LimitChange.id, "desc")], limit=limit, cursor=cursor)
