"""Whether there is equipment for the dates of a series that is only looked at."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.rpc.call import Call
from services.booking.bookings.messages import words_of_lost
from services.booking.bookings.models import Booking
from services.booking.equipment import storage
from services.booking.equipment.models import EquipmentKind
from services.booking.equipment.storage import Booked
from services.booking.equipment.taking import Wish, check_wish, find_wanted
from services.booking.interface.equipment_refusals import EquipmentTaken
from services.booking.series.models import Series
from services.booking.spaces.models import Space


@dataclass(frozen=True, slots=True)
class DatesWithEquipment:
    """What is wanted of each date, and how many of each kind are free then. The dates of the series itself do not count: they
    do not overlap."""

    call: Call
    wanted: Sequence[Mapping[str, Any]]
    if_taken: str
    kinds: Mapping[UUID, EquipmentKind]
    free: Mapping[tuple[UUID, datetime], int]

    @classmethod
    def preview(
        cls, call: Call, space: Space, dates: Sequence[Booking], wanted: Sequence[Mapping[str, Any]], if_taken: str
    ) -> "DatesWithEquipment":
        """Two statements; none if nothing is wanted. Raises NotFound."""
        kinds = find_wanted(call, space, wanted)
        times = [(one.starts_at, one.ends_at) for one in dates]
        return cls(call, wanted, if_taken, kinds, storage.free(call.session, list(kinds.values()), space.id, times))

    def check(self, date: Booking) -> dict[str, str] | None:
        """What the date would go without, in both languages. Raises EquipmentTaken if it should not, and what `check_wish`
        raises."""
        wish = check_wish(self.call, self.kinds, self.wanted, date.space, date.starts_at)
        lost = [
            Booked(kind_id, self.kinds[kind_id].name, quantity, "lost", None)
            for kind_id, quantity in wish.items()
            if self.free.get((kind_id, date.starts_at), 0) < quantity
        ]
        if lost and self.if_taken == "refuse":
            raise EquipmentTaken(
                equipment=[
                    {
                        "kind_id": str(one.kind_id),
                        "name": one.name,
                        "wanted": one.quantity,
                        "free": self.free.get((one.kind_id, date.starts_at), 0),
                        "times": [],
                    }
                    for one in lost
                ]
            )
        return words_of_lost(lost)


def series_wish(call: Call, series: Series) -> Wish:
    """What another date of the series wants, of what can be booked at all now, under the locks of the kinds."""
    kinds = storage.lock_kinds(call.session, [UUID(one["kind_id"]) for one in series.equipment]) if series.equipment else {}
    wanted = {UUID(one["kind_id"]): one["quantity"] for one in series.equipment}
    return {kind_id: wanted[kind_id] for kind_id, kind in kinds.items() if kind.active and kind.fits(series.space)}
