"""Bookings and their claims: by id, in pages, and as one statement that the database decides about."""

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
    """The booking with its space; `lock` keeps other changes of it waiting until the transaction ends."""
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
    """Bookings with their spaces; those that overlap `start` to `end` (aware). With `start` in the order of time, without it
    the latest first."""
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
        # The first condition follows from the second; it is there for the index.
        statement = statement.where(Booking.starts_at > start - LONGEST_BOOKING, Booking.ends_at > start)
    if end is not None:
        statement = statement.where(Booking.starts_at < end)
    way: Literal["asc", "desc"] = "desc" if start is None else "asc"
    return page(session, statement, keys=[(Booking.starts_at, way), (Booking.id, way)], limit=limit, cursor=cursor)


def insert_booking(session: Session, booking: Booking, timetable: Timetable) -> Literal["booked", "taken", "changed"]:
    """Write `booking` and its claims in one round trip. `taken`: others hold the time, and the caller must not commit.
    `changed`: the calendar is not what `timetable` was made of any more, and nothing was written. Waits for a competitor
    that has not committed yet. Leaves are claimed sorted, so that two bookings of one whole ask for its parts in the same
    order. `booking` stays outside the session."""
    row = {f"new_{column.key}": getattr(booking, column.key) for column in _bookings.columns}
    leaf_ids = timetable.leaf_ids
    guard = {"revision": timetable.revision}
    is_current, claimed = session.execute(_BOOK, row | guard | _claimed(booking, leaf_ids)).one()
    if not is_current:
        return "changed"
    return "booked" if claimed == len(leaf_ids) else "taken"


def replace_claims(session: Session, booking: Booking, leaf_ids: Sequence[UUID]) -> bool:
    """Give up what `booking` held and claim its present time; its row is locked. False if others hold it: the caller must
    not commit then. `leaf_ids` are sorted."""
    # Moves of a space go one after the other: two that swap would each wait for what the other gave up. Bookings need no
    # such lock: they hold nothing that a move asks for while they wait. Foreign keys do not wait for this kind of lock.
    session.execute(select(Space.id).where(Space.id.in_(leaf_ids)).order_by(Space.id).with_for_update(key_share=True))
    session.execute(delete(Claim).where(Claim.booking_id == booking.id))
    return len(session.execute(_CLAIM, _claimed(booking, leaf_ids)).all()) == len(leaf_ids)


def release_claims(session: Session, booking_id: UUID) -> None:
    """Let others have the time of a cancelled booking."""
    session.execute(update(Claim).where(Claim.booking_id == booking_id).values(active=False))


# Tables, not mapped classes: what is executed most need not go through the mapper.
_bookings, _claims, _revision = (cast(Table, model.__table__) for model in (Booking, Claim, CalendarRevision))

_CLAIMED = select(
    bindparam("booking_id", type_=Uuid),
    func.unnest(bindparam("leaf_ids", type_=ARRAY(Uuid))),
    bindparam("claim_community_id", type_=Text),
    bindparam("blocked", type_=TSTZRANGE),
    true(),
)


def _insert_claims(rows: Select[Any]) -> Any:
    # ON CONFLICT, not an exception: plain inserts that meet under an exclusion constraint may each wait for the other until
    # PostgreSQL calls it a deadlock a second later; these never do, and need no savepoint.
    columns = ["booking_id", "space_id", "community_id", "blocked", "active"]
    statement = pg_insert(_claims).from_select(columns, rows).on_conflict_do_nothing(constraint=NO_DOUBLE_BOOKING)
    return statement.returning(_claims.c.space_id)


# Built once, as timetables are.
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
