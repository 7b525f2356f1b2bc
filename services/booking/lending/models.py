"""Loans: equipment of a booking that is handed out."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from services.booking.base import Base
from services.booking.bookings.models import Booking
from services.booking.interface.equipment_refusals import AlreadyReturned, NotHandOutTime

EARLIEST = timedelta(hours=1)  # before the start
_IS_OUT = "returned_at IS NULL"


class EquipmentLoan(Base):
    """A unit, or `quantity` of a pool, that a booking has been handed out and that is due at `due_at` (aware). A partial unique
    index lets a unit be out once. `missing` of a pool did not come back. `damage_note` is what staff saw; it is for staff."""

    __tablename__ = "equipment_loan"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    community_id: Mapped[str]
    booking_id: Mapped[UUID] = mapped_column(ForeignKey("booking.id"))
    kind_id: Mapped[UUID] = mapped_column(ForeignKey("equipment_kind.id"))
    unit_id: Mapped[UUID | None] = mapped_column(ForeignKey("equipment_unit.id"))
    quantity: Mapped[int]
    handed_out_at: Mapped[datetime]
    handed_out_by: Mapped[UUID]
    due_at: Mapped[datetime]
    returned_at: Mapped[datetime | None]
    returned_by: Mapped[UUID | None]
    missing: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    damage_note: Mapped[str | None]

    __table_args__ = (
        CheckConstraint("quantity >= 1 AND (unit_id IS NULL OR quantity = 1)", name="equipment_loan_quantity"),
        CheckConstraint("missing BETWEEN 0 AND quantity", name="equipment_loan_missing"),
        CheckConstraint("(returned_at IS NULL) = (returned_by IS NULL)", name="equipment_loan_returned"),
        Index("equipment_loan_of_unit", "unit_id", unique=True, postgresql_where=text(_IS_OUT)),
        Index(
            "equipment_loan_out_of_pool",
            "booking_id",
            "kind_id",
            postgresql_where=text(f"{_IS_OUT} AND unit_id IS NULL"),
        ),
        Index("equipment_loan_out", "community_id", "due_at", postgresql_where=text(_IS_OUT)),
        Index("equipment_loan_of_booking", "booking_id"),
        Index("equipment_loan_handed_out_by", "handed_out_by"),
        Index("equipment_loan_returned_by", "returned_by"),
    )

    def give_back(self, now: datetime, *, by: UUID, missing: int, damage_note: str | None) -> None:
        """It is back. Raises AlreadyReturned."""
        if self.returned_at is not None:
            raise AlreadyReturned()
        self.returned_at, self.returned_by = now, by
        self.missing, self.damage_note = min(missing, self.quantity), damage_note


def check_hand_out(booking: Booking, now: datetime) -> None:
    """Raises NotHandOutTime unless equipment of the booking can be handed out: from an hour before it starts until it ends."""
    if booking.state != "confirmed":
        raise NotHandOutTime(state=booking.state)
    if now < booking.starts_at - EARLIEST:
        raise NotHandOutTime(state="coming")
    if now >= booking.ends_at:
        raise NotHandOutTime(state="over")
