"""The equipment of a booking, as a part of its model."""

from collections.abc import Sequence
from typing import ClassVar
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Mapped, mapped_column, object_session

from services.booking.equipment import storage as equipment
from services.booking.equipment.storage import Booked


class Equipped:
    """`with_equipment`: it wants equipment, or did; what, is in `equipment_use`. For other bookings nothing is read or written
    about equipment."""

    id: Mapped[UUID]
    with_equipment: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    _shown: ClassVar[Sequence[Booked] | None] = None  # of this answer only, it is not stored

    @property
    def equipment(self) -> Sequence[Booked]:
        """What it wants, and what became of that: the field `equipment` of answers. Lists set it for all at once
        (equipment.taking.show); otherwise it is read when it is asked for."""
        if not self.with_equipment:
            return []
        session = object_session(self)
        if self._shown is None and session is not None:
            return equipment.booked(session, [self.id]).get(self.id, [])
        return self._shown or []

    @equipment.setter
    def equipment(self, shown: Sequence[Booked]) -> None:
        self._shown = shown  # type: ignore[misc]

    @property
    def shown_equipment(self) -> Sequence[Booked]:
        """The same, if it was set before. It reads nothing."""
        return self._shown or []
