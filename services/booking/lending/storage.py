"""Selects and locks of loans and of what is needed at the desk."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Row, Select, func, or_, select, update
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.orm import Session

from chassis.database.communities import within
from chassis.rpc.communities import Communities
from services.booking.bookings.models import Booking
from services.booking.equipment.models import EquipmentKind, EquipmentUnit, EquipmentUse
from services.booking.ledger.models import Claim
from services.booking.lending.models import EquipmentLoan
from services.booking.spaces.models import LONGEST_BOOKING, Space

_PLAIN = {"synchronize_session": False}


def needed(
    session: Session, communities: Communities, start: datetime, end: datetime, most: int
) -> Sequence[Row[EquipmentUse, Booking, Space, EquipmentKind]]:
    """What confirmed bookings that overlap the time (aware) want, by start."""
    statement = (
        select(EquipmentUse, Booking, Space, EquipmentKind)
        .join(Booking, Booking.id == EquipmentUse.booking_id)
        .join(Space, Space.id == Booking.space_id)
        .join(EquipmentKind, EquipmentKind.id == EquipmentUse.kind_id)
        .where(
            within(Booking.community_id, communities),
            Booking.with_equipment,
            Booking.state == "confirmed",
            # The first condition follows from the others. It is there for the index on starts_at.
            Booking.starts_at > start - LONGEST_BOOKING,
            Booking.starts_at < end,
            Booking.ends_at > start,
        )
        .order_by(Booking.starts_at, Booking.id, EquipmentKind.id)
        .limit(most)
    )
    return session.execute(statement).all()


def labels(session: Session, use_ids: Collection[UUID]) -> dict[UUID, list[str]]:
    """The labels of the units that are reserved, by use."""
    found: dict[UUID, list[str]] = defaultdict(list)
    statement = select(Claim.holder_id, EquipmentUnit.label).join(EquipmentUnit, EquipmentUnit.id == Claim.resource_id)
    for use_id, label in session.execute(statement.where(Claim.holder_id.in_(use_ids)).order_by(EquipmentUnit.label)):
        found[use_id].append(label)
    return found


def _loans() -> Select[EquipmentLoan, EquipmentKind, str]:
    return (
        select(EquipmentLoan, EquipmentKind, EquipmentUnit.label)
        .join(EquipmentKind, EquipmentKind.id == EquipmentLoan.kind_id)
        .outerjoin(EquipmentUnit, EquipmentUnit.id == EquipmentLoan.unit_id)
    )


def loans_of(session: Session, booking_ids: Collection[UUID]) -> Sequence[Row[EquipmentLoan, EquipmentKind, str]]:
    """All loans of the bookings, the first one first."""
    statement = _loans().where(EquipmentLoan.booking_id.in_(booking_ids))
    return session.execute(statement.order_by(EquipmentLoan.handed_out_at, EquipmentLoan.id)).all()


def overdue(
    session: Session, communities: Communities, now: datetime, most: int
) -> Sequence[Row[EquipmentLoan, EquipmentKind, str]]:
    """What is out after its time, the longest first."""
    is_late = EquipmentLoan.returned_at.is_(None), EquipmentLoan.due_at < now
    statement = _loans().where(within(EquipmentLoan.community_id, communities), *is_late)
    return session.execute(statement.order_by(EquipmentLoan.due_at, EquipmentLoan.id).limit(most)).all()


def find_loan(session: Session, loan_id: UUID, *, lock: bool = False) -> EquipmentLoan | None:
    statement = select(EquipmentLoan).where(EquipmentLoan.id == loan_id)
    if lock:
        return session.scalar(statement.with_for_update().execution_options(populate_existing=True))
    return session.scalar(statement)


def find_use(session: Session, booking_id: UUID, kind_id: UUID) -> EquipmentUse | None:
    """What the booking has of the kind, as it is now."""
    statement = select(EquipmentUse).where(EquipmentUse.booking_id == booking_id, EquipmentUse.kind_id == kind_id)
    return session.scalar(statement.execution_options(populate_existing=True))


def unit_labelled(session: Session, community_id: str, label: str) -> EquipmentUnit | None:
    return session.scalar(select(EquipmentUnit).where(EquipmentUnit.community_id == community_id, EquipmentUnit.label == label))


def find_unit(session: Session, unit_id: UUID) -> EquipmentUnit:
    """The unit, as it is now."""
    return session.get_one(EquipmentUnit, unit_id, populate_existing=True)


def units_claimed(session: Session, use_id: UUID) -> Sequence[EquipmentUnit]:
    """The units that are reserved, as they are now, by label."""
    statement = select(EquipmentUnit).join(Claim, Claim.resource_id == EquipmentUnit.id).where(Claim.holder_id == use_id)
    statement = statement.order_by(EquipmentUnit.label).execution_options(populate_existing=True)
    return session.scalars(statement).all()


def units_out(session: Session, booking_id: UUID, kind_id: UUID) -> Sequence[UUID]:
    """The units of the kind that the booking has been handed out and that are not back."""
    of_booking = EquipmentLoan.booking_id == booking_id, EquipmentLoan.kind_id == kind_id
    statement = select(EquipmentLoan.unit_id).where(*of_booking, EquipmentLoan.returned_at.is_(None))
    return [unit_id for unit_id in session.scalars(statement) if unit_id is not None]


def pool_out(session: Session, booking_id: UUID, kind_id: UUID) -> int:
    """How many of the pool the booking has been handed out that are not back. The caller has the lock of the kind."""
    of_booking = EquipmentLoan.booking_id == booking_id, EquipmentLoan.kind_id == kind_id, EquipmentLoan.unit_id.is_(None)
    out = select(func.coalesce(func.sum(EquipmentLoan.quantity), 0)).where(*of_booking, EquipmentLoan.returned_at.is_(None))
    return session.scalar(out) or 0


def loan_out(session: Session, unit_id: UUID) -> EquipmentLoan | None:
    """The loan of the unit that is not back."""
    return session.scalar(select(EquipmentLoan).where(EquipmentLoan.unit_id == unit_id, EquipmentLoan.returned_at.is_(None)))


def exchange(session: Session, use: EquipmentUse, old: UUID, new: UUID) -> bool:
    """Reserve the unit `new` instead of `old`. False if another booking has it at that time. The caller has the lock of the
    kind, so nobody claims it meanwhile."""
    during: Range[datetime] | None = use.during
    taken = select(Claim.holder_id).where(
        Claim.resource_id == new, Claim.during.overlaps(during), Claim.state.in_(("held", "confirmed"))
    )
    if session.scalar(taken.limit(1)) is not None:
        return False
    of_use = update(Claim).where(Claim.holder_id == use.id, Claim.resource_id == old)
    session.execute(of_use.values(resource_id=new), execution_options=_PLAIN)
    return True


def next_untold(session: Session, most: int) -> Sequence[UUID]:
    """Bookings whose residents do not know yet what became of their equipment."""
    lost = (EquipmentUse.state == "lost") & EquipmentUse.told.is_distinct_from("lost")
    regained = (EquipmentUse.state == "claimed") & (EquipmentUse.told == "lost")
    statement = select(EquipmentUse.booking_id).where(or_(lost, regained), EquipmentUse.booking_id.is_not(None)).distinct()
    found = session.scalars(statement.order_by(EquipmentUse.booking_id).limit(most))
    return [booking_id for booking_id in found if booking_id is not None]
