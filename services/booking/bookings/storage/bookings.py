"""Bookings by id and in pages, and the statements that claim their time."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal, cast
from uuid import UUID

from sqlalchemy import ARRAY, Select, Table, Text, Uuid, bindparam, delete, func, insert, select, true, update
from sqlalchemy.dialects.postgresql import TSTZRANGE, Range
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.orm import Session, joinedload

from chassis.database.pagination import Page, page
from services.booking.bookings.models import NO_DOUBLE_BOOKING, Booking, Claim
from services.booking.calendar.models import CalendarRevision
from services.booking.spaces.models import LONGEST_BOOKING, Space
from services.booking.spaces.timetable import Timetable


def find_booking(session: Session, booking_id: UUID, *, lock: bool = False) -> Booking | None:
    """The booking with its space. With `lock`, other transactions wait before they change it."""
    statement = select(Booking).options(joinedload(Booking.space, innerjoin=True)).where(Booking.id == booking_id)
    return session.scalar(statement.with_for_update(of=Booking) if lock else statement)


def list_bookings(
    session: Session,
    *,
    community_id: str | None,
    resident_id: UUID | None,
    space_id: UUID | None,
    state: str | None,
    start: datetime | None,
    end: datetime | None,
    limit: int,
    cursor: str | None,
) -> Page[Booking]:
    """Bookings that overlap the time from `start` to `end` (aware), with their spaces. Sorted by start: earliest first if
    `start` is given, else latest first."""
    statement = select(Booking).options(joinedload(Booking.space, innerjoin=True))
    if community_id is not None:
        statement = statement.where(Booking.community_id == community_id)
    if resident_id is not None:
        statement = statement.where(Booking.resident_id == resident_id)
    if space_id is not None:
        statement = statement.where(Booking.space_id == space_id)
    if state is not None:
        statement = statement.where(Booking.state == state)
    if start is not None:
        # The first condition follows from the second. It is there for the index on starts_at.
        statement = statement.where(Booking.starts_at > start - LONGEST_BOOKING, Booking.ends_at > start)
    if end is not None:
        statement = statement.where(Booking.starts_at < end)
    way: Literal["asc", "desc"] = "desc" if start is None else "asc"
    return page(session, statement, keys=[(Booking.starts_at, way), (Booking.id, way)], limit=limit, cursor=cursor)


def insert_booking(session: Session, booking: Booking, timetable: Timetable) -> Literal["booked", "taken", "changed"]:
    """Insert `booking` and its claims in one round trip. `booking` is not added to the session.

    `taken`: other bookings hold the time; the caller must not commit. `changed`: the calendar has changed since `timetable`
    was loaded; nothing was written. The statement waits for a competing transaction that has not committed yet. Leaves are
    claimed in sorted order, so that two bookings of one divisible space cannot deadlock."""
    row = {f"new_{column.key}": getattr(booking, column.key) for column in _bookings.columns}
    leaf_ids = timetable.leaf_ids
    guard = {"revision": timetable.revision}
    is_current, claimed = session.execute(_BOOK, row | guard | _claimed(booking, leaf_ids)).one()
    if not is_current:
        return "changed"
    return "booked" if claimed == len(leaf_ids) else "taken"


def replace_claims(session: Session, booking: Booking, leaf_ids: Sequence[UUID]) -> bool:
    """Delete the claims of `booking` and claim its present time. The caller holds the lock of its row. `leaf_ids` are sorted.
    False if other bookings hold the time; the caller must not commit then."""
    # This lock lets only one move per space run at a time. Otherwise two bookings that swap their times would deadlock: each
    # would wait for the claim that the other has deleted. New bookings need no such lock, because they delete nothing. The
    # lock is FOR NO KEY UPDATE, so inserts with a foreign key to the space do not wait for it.
    session.execute(select(Space.id).where(Space.id.in_(leaf_ids)).order_by(Space.id).with_for_update(key_share=True))
    session.execute(delete(Claim).where(Claim.booking_id == booking.id))
    return len(session.execute(_CLAIM, _claimed(booking, leaf_ids)).all()) == len(leaf_ids)


def release_claims(session: Session, booking_id: UUID) -> None:
    """Free the time of a cancelled booking."""
    session.execute(update(Claim).where(Claim.booking_id == booking_id).values(active=False))


# Tables instead of mapped classes: these statements run most often, and the mapper costs time.
_bookings, _claims, _revision = (cast(Table, model.__table__) for model in (Booking, Claim, CalendarRevision))

_CLAIMED = select(
    bindparam("booking_id", type_=Uuid),
    func.unnest(bindparam("leaf_ids", type_=ARRAY(Uuid))),
    bindparam("claim_community_id", type_=Text),
    bindparam("blocked", type_=TSTZRANGE),
    true(),
)


def _insert_claims(rows: Select[Any]) -> Any:
    # ON CONFLICT DO NOTHING instead of catching an error: plain inserts that conflict under an exclusion constraint can wait
    # for each other until PostgreSQL detects a deadlock after a second. These never do, and need no savepoint.
    columns = ["booking_id", "space_id", "community_id", "blocked", "active"]
    statement = pg_insert(_claims).from_select(columns, rows).on_conflict_do_nothing(constraint=NO_DOUBLE_BOOKING)
    return statement.returning(_claims.c.space_id)


# Built once, because SQLAlchemy takes longer to build a statement than to run it.
_CLAIM = _insert_claims(_CLAIMED)
_IS_CURRENT = select(_revision.c.revision).scalar_subquery() == bindparam("revision", type_=Uuid)
_NEW = select(*(bindparam(f"new_{column.key}", type_=column.type) for column in _bookings.columns)).where(_IS_CURRENT)
_MADE = _insert_claims(_CLAIMED.where(_IS_CURRENT)).cte("made")
_BOOK = select(_IS_CURRENT, select(func.count()).select_from(_MADE).scalar_subquery()).add_cte(
    insert(_bookings).from_select([column.key for column in _bookings.columns], _NEW).cte("booked")
)


def _claimed(booking: Booking, leaf_ids: Sequence[UUID]) -> dict[str, Any]:
    return {
        "booking_id": booking.id,
        "leaf_ids": leaf_ids,
        "claim_community_id": booking.community_id,
        "blocked": Range(*booking.space.blocked(booking.starts_at, booking.ends_at)),
    }
