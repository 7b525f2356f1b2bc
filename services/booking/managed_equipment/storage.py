"""Selects of equipment for admins, and the statements that give equipment out anew."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Row, func, literal, select, text
from sqlalchemy import Uuid as UuidType
from sqlalchemy.orm import Session

from chassis.database.communities import within
from chassis.database.pagination import Page, page
from chassis.rpc.communities import Communities
from services.booking.bookings.models import Booking
from services.booking.claims.models import ClaimedTime
from services.booking.equipment.models import EquipmentKind, EquipmentUnit, EquipmentUse
from services.booking.equipment.storage import lock_kinds
from services.booking.ledger.models import Claim
from services.booking.spaces.models import Space

# A booking keeps its units while one of them is handed out, and to its end: `claim` is of the unit.
_KEEPS = """
    EXISTS (
        SELECT FROM equipment_use had LEFT JOIN booking ON booking.id = had.booking_id
        LEFT JOIN claimed_time session ON session.holder_id = had.session_id
        WHERE had.id = claim.holder_id AND (
            coalesce(booking.ends_at, session.ends_at) <= :now OR EXISTS (
                SELECT FROM equipment_loan out
                WHERE out.booking_id = had.booking_id AND out.kind_id = had.kind_id AND out.returned_at IS NULL
            )
        )
    )
"""
# A unit that is no longer in use is taken from the others, also from a booking that has begun.
_TAKE_UNITS_BACK = text(
    """
    WITH gone AS (
        DELETE FROM claim USING equipment_unit unit
        WHERE claim.resource_id = unit.id AND unit.kind_id = :kind_id AND unit.state <> 'in_use'
        AND upper(claim.during) > :now AND NOT <keeps>
        RETURNING claim.holder_id
    )
    UPDATE equipment_use SET state = 'lost', during = NULL WHERE id IN (SELECT holder_id FROM gone)
    """.replace("<keeps>", _KEEPS)
)
_TAKE_POOL_BACK = text(
    "UPDATE equipment_use SET state = 'lost', during = NULL"
    " WHERE kind_id = :kind_id AND state = 'claimed' AND lower(during) > :now"
)
# In the order in which they asked. Each call sees what the one before has done.
_GIVE_AGAIN = text(
    """
    SELECT settle_equipment(asked.holder_id) FROM (
        SELECT coalesce(u.booking_id, u.session_id) AS holder_id FROM equipment_use u
        LEFT JOIN booking ON booking.id = u.booking_id LEFT JOIN claimed_time session ON session.holder_id = u.session_id
        WHERE u.kind_id = :kind_id AND u.state = 'lost'
        AND (booking.state = 'confirmed' AND booking.ends_at > :now OR session.ends_at > :now)
        ORDER BY u.created_at, u.id
    ) asked
    """
)


def list_kinds(
    session: Session, *, communities: Communities, active: bool | None, q: str | None, limit: int, cursor: str | None
) -> Page[EquipmentKind]:
    """In the order in which they were added."""
    statement = select(EquipmentKind).where(within(EquipmentKind.community_id, communities))
    if active is not None:
        statement = statement.where(EquipmentKind.active == active)
    if q:
        names = func.concat_ws(" ", EquipmentKind.name["zh-CN"].astext, EquipmentKind.name["en"].astext)
        statement = statement.where(func.strpos(func.lower(names), q.lower()) > 0)
    return page(session, statement, keys=[(EquipmentKind.id, "asc")], limit=limit, cursor=cursor)


def find_kind(session: Session, kind_id: UUID) -> EquipmentKind | None:
    return session.scalar(select(EquipmentKind).where(EquipmentKind.id == kind_id))


def lock_kind(session: Session, kind_id: UUID, now: datetime) -> EquipmentKind | None:
    """The kind, with the locks that `give_again` needs: those of the other kinds that its bookings and sessions have, in one
    order."""
    holders = select(EquipmentUse.booking_id, EquipmentUse.session_id)
    holders = holders.outerjoin(Booking, Booking.id == EquipmentUse.booking_id)
    holders = holders.outerjoin(ClaimedTime, ClaimedTime.holder_id == EquipmentUse.session_id)
    has_or_lost = EquipmentUse.kind_id == kind_id, EquipmentUse.state.in_(("claimed", "lost"))
    affected = session.execute(holders.where(*has_or_lost, now < _ENDS)).all()
    booking_ids = [booking_id for booking_id, _ in affected if booking_id]
    lock_kinds(session, [kind_id], booking_ids, [session_id for _, session_id in affected if session_id])
    return session.get(EquipmentKind, kind_id, populate_existing=True)


def find_unit(session: Session, unit_id: UUID) -> EquipmentUnit | None:
    return session.scalar(select(EquipmentUnit).where(EquipmentUnit.id == unit_id))


def units_of(session: Session, kind_id: UUID) -> Sequence[EquipmentUnit]:
    """By label."""
    return session.scalars(select(EquipmentUnit).where(EquipmentUnit.kind_id == kind_id).order_by(EquipmentUnit.label)).all()


def has_label(session: Session, communities: Communities, label: str, *, but: UUID | None = None) -> bool:
    statement = select(EquipmentUnit.id).where(within(EquipmentUnit.community_id, communities), EquipmentUnit.label == label)
    return session.scalar(statement.where(EquipmentUnit.id != but) if but else statement) is not None


def give_again(session: Session, kind: EquipmentKind, now: datetime, *, all_of_pool: bool = False) -> None:
    """Give the equipment of the kind, locked by `lock_kind`, to the bookings to come again, in the order in which they asked:
    those that have lost theirs; with `all_of_pool` all of them, because there are fewer things now."""
    session.flush()
    about = {"kind_id": kind.id, "now": now}
    session.execute(_TAKE_UNITS_BACK, about)
    if all_of_pool:
        session.execute(_TAKE_POOL_BACK, about)
    session.execute(_GIVE_AGAIN, about)


_STARTS = func.coalesce(Booking.starts_at, ClaimedTime.starts_at)
_ENDS = func.coalesce(Booking.ends_at, ClaimedTime.ends_at)
_SPACE_ID = func.coalesce(Booking.space_id, ClaimedTime.space_ids[1])


def coming_uses(
    session: Session, kind: EquipmentKind, now: datetime, most: int
) -> Sequence[Row[EquipmentUse, datetime, datetime, Space]]:
    """What bookings and sessions to come have of the kind, from when to when and in which space, in the order in which they
    asked; at most `most`."""
    statement = (
        select(EquipmentUse, _STARTS, _ENDS, Space)
        .outerjoin(Booking, Booking.id == EquipmentUse.booking_id)
        .outerjoin(ClaimedTime, ClaimedTime.holder_id == EquipmentUse.session_id)
        .join(Space, Space.id == _SPACE_ID)
        .where(EquipmentUse.kind_id == kind.id, EquipmentUse.state == "claimed", func.upper(EquipmentUse.during) > now)
        .order_by(EquipmentUse.created_at, EquipmentUse.id)
        .limit(most)
    )
    return session.execute(statement).all()


def uses_of_unit(
    session: Session, unit: EquipmentUnit, now: datetime, most: int
) -> Sequence[Row[EquipmentUse, datetime, datetime, Space, int]]:
    """The same of the bookings and sessions that would lose the unit, by start, and how many others of its kind are free at the
    time of each."""
    free = func.free_equipment(EquipmentUse.kind_id, EquipmentUse.during, _SPACE_ID, literal(None, UuidType))
    statement = (
        select(EquipmentUse, _STARTS, _ENDS, Space, free)
        .join(Claim, Claim.holder_id == EquipmentUse.id)
        .outerjoin(Booking, Booking.id == EquipmentUse.booking_id)
        .outerjoin(ClaimedTime, ClaimedTime.holder_id == EquipmentUse.session_id)
        .join(Space, Space.id == _SPACE_ID)
        .where(Claim.resource_id == unit.id, func.upper(Claim.during) > now, text(f"NOT {_KEEPS}").bindparams(now=now))
        .order_by(_STARTS, EquipmentUse.id)
        .limit(most)
    )
    return session.execute(statement).all()
