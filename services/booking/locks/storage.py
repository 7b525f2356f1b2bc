"""Which spaces a lock opens for, the codes of bookings, and what each lock should have."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Subquery, and_, delete, func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, aliased, selectinload

from chassis.database import crypto
from chassis.database.communities import within
from chassis.database.pagination import Page, page
from chassis.rpc.communities import Communities
from services.booking.bookings.models import Booking
from services.booking.locks.models import AHEAD, DoorCode, DoorLock, LockState, index_of
from services.booking.spaces.models import LONGEST_BOOKING, Space

_BEFORE = func.make_interval(0, 0, 0, 0, 0, Space.code_minutes_before)
_AFTER = func.make_interval(0, 0, 0, 0, 0, Space.code_minutes_after)
_VALID_FROM, _VALID_UNTIL = Booking.starts_at - _BEFORE, Booking.ends_at + _AFTER
# A booking without a person, after an erasure, names itself.
_HAS_DOOR_CODE = and_(Booking.state == "confirmed", Booking.resident_id != Booking.id)
_IS_RIGHT = and_(
    DoorCode.space_id == Booking.space_id, DoorCode.valid_from == _VALID_FROM, DoorCode.valid_until == _VALID_UNTIL
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A code that a lock should have."""

    booking_id: UUID
    sealed_code: bytes
    code_index: str
    valid_from: datetime
    valid_until: datetime

    def entry(self) -> list[str]:
        """Its form in a CodeSet."""
        return [self.code_index, self.valid_from.isoformat(), self.valid_until.isoformat()]


def _doors() -> Subquery:
    """(space_id, lock_id): the locks in use on the way to a space. They are its own, those of its parts, and that of the
    whole of which it is a part."""
    behind, door = aliased(Space), aliased(Space)
    on_the_way = or_(door.id == behind.id, door.parent_id == behind.id, door.id == behind.parent_id)
    in_use = select(DoorLock.id).where(DoorLock.active)
    pairs = select(behind.id.label("space_id"), door.lock_id.label("lock_id")).join(door, on_the_way)
    return pairs.where(door.lock_id.in_(in_use)).distinct().subquery("doors")


def locks_of(session: Session, space_ids: Sequence[UUID]) -> dict[UUID, list[DoorLock]]:
    """The locks in use on the way to each of the spaces, sorted by id."""
    doors = _doors()
    rows = select(doors.c.space_id, DoorLock).join(DoorLock, DoorLock.id == doors.c.lock_id)
    found: dict[UUID, list[DoorLock]] = defaultdict(list)
    for space_id, lock in session.execute(rows.where(doors.c.space_id.in_(space_ids)).order_by(DoorLock.id)):
        found[space_id].append(lock)
    return found


# --- codes ---


def lock_bookings_without_code(session: Session, now: datetime, most: int) -> Sequence[tuple[Booking, DoorCode | None]]:
    """At most `most` bookings that should have a code by `now` and have none, or one for another space or time, with the code
    that they have. The bookings are locked; those that somebody is just changing are left to the next time. The condition on
    starts_at follows from the others. It is there for the index."""
    doors = select(_doors().c.space_id)
    missing = or_(DoorCode.booking_id.is_(None), ~_IS_RIGHT)
    statement = (
        select(Booking, DoorCode)
        .join(Space, Space.id == Booking.space_id)
        .outerjoin(DoorCode, DoorCode.booking_id == Booking.id)
        .options(selectinload(Booking.space))
        .where(Booking.space_id.in_(doors), _HAS_DOOR_CODE, missing)
        .where(Booking.starts_at > now - 2 * LONGEST_BOOKING, now + AHEAD >= _VALID_FROM, now < _VALID_UNTIL)
        .order_by(Booking.starts_at, Booking.id)
        .limit(most)
    )
    rows = session.execute(statement.with_for_update(of=Booking, skip_locked=True, key_share=True))
    return [(row[0], row[1]) for row in rows]


def replace_code(session: Session, booking: Booking, code: str, valid: tuple[datetime, datetime], now: datetime) -> bool:
    """Give the booking, which is locked, this code. False if another booking of the community has the same code meanwhile; then
    it has none."""
    session.execute(delete(DoorCode).where(DoorCode.booking_id == booking.id))
    values = {
        "booking_id": booking.id,
        "community_id": booking.community_id,
        "space_id": booking.space_id,
        "sealed_code": crypto.encrypt(code.encode()),
        "code_index": index_of(code),
        "valid_from": valid[0],
        "valid_until": valid[1],
        "made_at": now,
    }
    new = insert(DoorCode).values(values).on_conflict_do_nothing().returning(DoorCode.booking_id)
    return session.execute(new).first() is not None


def codes_of(session: Session, booking_ids: Sequence[UUID]) -> dict[UUID, DoorCode]:
    """The codes that count, by booking."""
    statement = select(DoorCode).join(Booking, Booking.id == DoorCode.booking_id).join(Space, Space.id == Booking.space_id)
    counts = statement.where(DoorCode.booking_id.in_(booking_ids), _HAS_DOOR_CODE, _IS_RIGHT)
    return {one.booking_id: one for one in session.scalars(counts)}


def codes_not_over(session: Session, now: datetime) -> Sequence[DoorCode]:
    """Those of all communities, which are of two days at most. Those that are just being replaced are left out."""
    statement = select(DoorCode).where(DoorCode.valid_until > now).order_by(DoorCode.booking_id)
    return session.scalars(statement.with_for_update(skip_locked=True)).all()


def codes_to_renew(session: Session) -> Iterator[DoorCode]:
    """The codes of older keys of all communities, also those that are over and not deleted yet. Those that are just being
    replaced are left out."""
    statement = select(DoorCode).order_by(DoorCode.booking_id).with_for_update(skip_locked=True)
    return (one for one in session.scalars(statement).all() if one.is_of_older_key)


def bookings_with_doors(
    session: Session, *, communities: Communities, start: datetime, end: datetime, limit: int, cursor: str | None
) -> Page[Booking]:
    """The confirmed bookings of spaces with locks that start from `start` until before `end` (aware), with their spaces, by
    time."""
    statement = select(Booking).options(selectinload(Booking.space)).where(within(Booking.community_id, communities))
    statement = statement.where(Booking.space_id.in_(select(_doors().c.space_id)), _HAS_DOOR_CODE)
    statement = statement.where(Booking.starts_at >= start, Booking.starts_at < end)
    return page(session, statement, keys=[(Booking.starts_at, "asc"), (Booking.id, "asc")], limit=limit, cursor=cursor)


# --- what locks are told ---


def wanted(session: Session, now: datetime, lock_id: UUID | None = None) -> Mapping[UUID, list[Wanted]]:
    """What the locks of bridges should have at `now`, or only one of them: the codes that count and are not over."""
    doors = _doors()
    chosen: list[ColumnElement[bool]] = [DoorLock.kind == "http"]
    if lock_id is not None:
        chosen.append(DoorLock.id == lock_id)
    columns: tuple[Any, ...] = (DoorCode.booking_id, DoorCode.sealed_code, DoorCode.code_index)
    statement = (
        select(doors.c.lock_id, *columns, DoorCode.valid_from, DoorCode.valid_until)
        .join(Booking, Booking.id == DoorCode.booking_id)
        .join(Space, Space.id == Booking.space_id)
        .join(doors, doors.c.space_id == Booking.space_id)
        .join(DoorLock, DoorLock.id == doors.c.lock_id)
        .where(*chosen, _HAS_DOOR_CODE, _IS_RIGHT, DoorCode.valid_until > now)
    )
    found: dict[UUID, list[Wanted]] = defaultdict(list)
    for lock, booking_id, *rest in session.execute(statement.order_by(DoorCode.valid_from, DoorCode.booking_id)):
        found[lock].append(Wanted(booking_id, *rest))
    return found


def states_of_bridges(session: Session) -> Sequence[LockState]:
    """The states of all locks of bridges, in all communities. Those that have waited longest come first."""
    statement = select(LockState).join(DoorLock, DoorLock.id == LockState.lock_id).where(DoorLock.kind == "http")
    return session.scalars(statement.order_by(LockState.next_try_at.nulls_first(), LockState.lock_id)).all()


def lock_state(session: Session, lock_id: UUID, *, skip: bool = False) -> LockState | None:
    """The state, locked and read again. With `skip`, None if another replica has locked it."""
    statement = select(LockState).where(LockState.lock_id == lock_id).with_for_update(skip_locked=skip)
    return session.scalar(statement.execution_options(populate_existing=True))


def states_of(session: Session, lock_ids: Sequence[UUID]) -> dict[UUID, LockState]:
    return {one.lock_id: one for one in session.scalars(select(LockState).where(LockState.lock_id.in_(lock_ids)))}


# --- locks ---


def find_lock(session: Session, lock_id: UUID, *, for_change: bool = False) -> DoorLock | None:
    return session.get(DoorLock, lock_id, with_for_update=for_change or None)


def list_locks(session: Session, *, communities: Communities, limit: int, cursor: str | None) -> Page[DoorLock]:
    """Locks in `communities`, by community and id."""
    statement = select(DoorLock).where(within(DoorLock.community_id, communities))
    return page(session, statement, keys=[(DoorLock.community_id, "asc"), (DoorLock.id, "asc")], limit=limit, cursor=cursor)
