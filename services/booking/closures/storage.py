"""Closures by id and in pages, and the bookings that are in their way."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, DateTime, and_, exists, func, or_, select
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.orm import Session, joinedload, selectinload

from chassis.database.communities import within
from chassis.database.pagination import Page, page
from chassis.rpc.communities import Communities
from services.booking.bookings.models import Booking
from services.booking.calendar.models import Closure, ClosureSpace
from services.booking.equipment.storage import lock_kinds
from services.booking.ledger.models import CONFIRMED
from services.booking.spaces.models import LONGEST_BOOKING, Space

_WITH_SPACES = selectinload(Closure.spaces).options(joinedload(ClosureSpace.space))


def find_closure(session: Session, closure_id: UUID) -> Closure | None:
    return session.scalar(select(Closure).options(_WITH_SPACES).where(Closure.id == closure_id))


def lock_closure(session: Session, closure_id: UUID) -> Closure | None:
    """The closure, read again. Call revision.begin_change before."""
    statement = select(Closure).where(Closure.id == closure_id).with_for_update()
    return session.scalar(statement.execution_options(populate_existing=True))


def lock_imported(session: Session, community_id: str, outside_uid: str) -> Closure | None:
    """The closure of an entry of an outside calendar that was not ended early. Call revision.begin_change before."""
    statement = select(Closure).where(Closure.community_id == community_id)
    statement = statement.where(Closure.outside_uid == outside_uid, Closure.ended_at.is_(None))
    return session.scalar(statement.with_for_update().execution_options(populate_existing=True))


def named_spaces(session: Session, closure_id: UUID) -> Sequence[UUID]:
    """The ids of the spaces that the closure names."""
    return session.scalars(select(ClosureSpace.space_id).where(ClosureSpace.closure_id == closure_id)).all()


def list_closures(
    session: Session,
    *,
    communities: Communities,
    space_id: UUID | None,
    over: bool,
    start: datetime | None,
    end: datetime | None,
    now: datetime,
    limit: int,
    cursor: str | None,
) -> Page[Closure]:
    """Closures in `communities` with their spaces: those that are not over, the earliest end first; or those that are, the
    latest first. With `space_id` only those that name that space or all spaces. With `start` and `end` (aware) only those that
    overlap the time between them."""
    statement = select(Closure).options(_WITH_SPACES).where(within(Closure.community_id, communities))
    statement = statement.where(Closure.ends_at <= now if over else Closure.ends_at > now)
    if start is not None:
        statement = statement.where(Closure.ends_at > start)
    if end is not None:
        statement = statement.where(Closure.starts_at < end)
    if space_id is not None:
        names_it = exists().where(ClosureSpace.closure_id == Closure.id, ClosureSpace.space_id == space_id)
        of_community = select(Space.community_id).where(Space.id == space_id).scalar_subquery()
        statement = statement.where(or_(names_it, Closure.whole & (Closure.community_id == of_community)))
    keys = [(Closure.ends_at, "desc"), (Closure.id, "desc")] if over else [(Closure.ends_at, "asc"), (Closure.id, "asc")]
    return page(session, statement, keys=keys, limit=limit, cursor=cursor)  # type: ignore[arg-type]  # the words are literals


def known_spaces(session: Session, community_id: str, space_ids: Sequence[UUID]) -> Sequence[UUID]:
    """Those of the ids that are spaces of the community."""
    return session.scalars(select(Space.id).where(Space.community_id == community_id, Space.id.in_(space_ids))).all()


def touched_spaces(session: Session, community_id: str, space_ids: Sequence[UUID]) -> Sequence[UUID]:
    """The spaces that a closure of `space_ids` closes: they, their parts and their parents. All of the community if empty."""
    statement = select(Space.id).where(Space.community_id == community_id)
    if space_ids:
        parents = select(Space.parent_id).where(Space.id.in_(space_ids), Space.parent_id.is_not(None))
        statement = statement.where(or_(Space.id.in_(space_ids), Space.parent_id.in_(space_ids), Space.id.in_(parents)))
    return session.scalars(statement).all()


def lock_bookings(session: Session, community_id: str, booking_ids: Sequence[UUID]) -> None:
    """Lock those bookings of the community, in the order of their ids, and the kinds of equipment that they have."""
    locked = select(Booking.id).where(Booking.id.in_(booking_ids), Booking.community_id == community_id).order_by(Booking.id)
    if found := session.scalars(locked.with_for_update()).all():
        lock_kinds(session, (), found)


def count_hit(session: Session, community_id: str, space_ids: Sequence[UUID], start: datetime, end: datetime) -> int:
    statement = select(func.count()).select_from(Booking).where(Booking.community_id == community_id)
    statement = statement.where(*_in_the_way(space_ids, start, end))
    return session.scalar(statement) or 0


def count_hit_at(
    session: Session, community_id: str, space_ids: Sequence[UUID], times: Sequence[tuple[datetime, datetime]], now: datetime
) -> list[tuple[int, int]]:
    """For each of the `times` (aware), in their order, how many bookings that start after `now` would be in the way of a
    closure then, and how many people they are for. One statement."""
    starts, ends = (array(column, type_=DateTime(timezone=True)) for column in zip(*times, strict=True))
    time = func.unnest(starts, ends).table_valued("starts_at", "ends_at", with_ordinality="n", name="time").render_derived()
    hit = (
        (Booking.community_id == community_id)
        & and_(*_in_the_way(space_ids, time.c.starts_at, time.c.ends_at))
        & (Booking.starts_at > now)
    )
    counted = select(func.count(Booking.id), func.coalesce(func.sum(Booking.attendees), 0)).select_from(time)
    counted = counted.outerjoin(Booking, hit).group_by(time.c.n).order_by(time.c.n)
    return [(bookings, people) for bookings, people in session.execute(counted)]


def find_hit(
    session: Session, community_id: str, space_ids: Sequence[UUID], start: datetime, end: datetime, *, limit: int
) -> list[Booking]:
    """Confirmed bookings of the spaces that overlap the time from `start` to `end` (aware), with their spaces, the earliest
    first. Turnover does not count."""
    statement = select(Booking).options(joinedload(Booking.space, innerjoin=True))
    statement = statement.where(Booking.community_id == community_id, *_in_the_way(space_ids, start, end))
    statement = statement.order_by(Booking.starts_at, Booking.id).limit(limit)
    return list(session.scalars(statement.execution_options(populate_existing=True)))


def requests_in_the_way(
    session: Session, community_id: str, space_ids: Sequence[UUID], start: datetime, end: datetime
) -> Sequence[UUID]:
    """The ids of the requests for the spaces that overlap the time from `start` to `end` (aware)."""
    statement = select(Booking.id).where(Booking.community_id == community_id)
    return session.scalars(statement.where(*_in_the_way(space_ids, start, end, state="requested"))).all()


def _in_the_way(
    space_ids: Sequence[UUID],
    start: datetime | ColumnElement[datetime],
    end: datetime | ColumnElement[datetime],
    state: str = CONFIRMED,
) -> tuple[ColumnElement[bool], ...]:
    return (
        Booking.space_id.in_(space_ids),
        Booking.state == state,
        # The first condition follows from the second. It is there for the index on starts_at.
        Booking.starts_at > start - LONGEST_BOOKING,
        Booking.ends_at > start,
        Booking.starts_at < end,
    )
