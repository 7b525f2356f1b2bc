"""See the equipment that can be taken to a space, and change that of a booking. Staff do it for residents."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.messaging import outbox
from chassis.rpc.call import Call
from chassis.rpc.refusal import NotFound
from services.booking.access import HELPERS, serves
from services.booking.bookings import storage
from services.booking.bookings.messages import about_equipment, booking_message
from services.booking.bookings.models import Booking
from services.booking.bookings.use_cases.find_bookings import check_visible
from services.booking.equipment import storage as equipment_storage
from services.booking.equipment.models import EquipmentKind
from services.booking.equipment.taking import free_now, lock_kept, lock_wish, take
from services.booking.spaces import storage as spaces


@dataclass(frozen=True, slots=True)
class Offered:
    """A kind of equipment, and how many are free at the time that was asked for."""

    kind: EquipmentKind
    free: int | None

    def __getattr__(self, name: str) -> Any:
        return getattr(self.kind, name)


def list_equipment(
    call: Call,
    *,
    space_id: UUID,
    start: datetime | None = None,
    end: datetime | None = None,
    booking_id: UUID | None = None,
) -> list[Offered]:
    """The kinds that can be taken to the space. With both times (aware), how many are free then: of a kind that wants more
    notice none, but staff go beyond that. What the booking has counts as free. Raises NotFound, also for a booking that the
    caller may not see. Three statements."""
    space = spaces.find_space(call.session, space_id)
    if space is None:
        raise NotFound(space_id=str(space_id))
    if booking_id is not None:
        if call.acting.account_id is None:
            raise NotFound(booking_id=str(booking_id))
        check_visible(call, storage.find_booking(call.session, booking_id), booking_id)
    kinds = equipment_storage.kinds_for(call.session, space)
    if start is None or end is None:
        return [Offered(kind, None) for kind in kinds]
    free = free_now(call, kinds, space, start, end, but=booking_id)
    if booking_id is None and not serves(call.acting, space.community_id, HELPERS):
        return [Offered(one, free.get(one.id, 0) if one.can_be_wanted(space, start, call.now) else 0) for one in kinds]
    return [Offered(kind, free.get(kind.id, 0)) for kind in kinds]


def change_booking_equipment(
    call: Call,
    *,
    booking_id: UUID,
    equipment: Sequence[Mapping[str, Any]],
    if_equipment_taken: str = "refuse",
    expected_version: int | None = None,
) -> Booking:
    """Let the booking have this equipment from now on, and announce it; a request wants it, which is not announced. What it has
    already changes and announces nothing.
    Raises Unauthenticated, NotFound, Forbidden, VersionMismatch, EquipmentFixed, EquipmentNotHere, TooMuchEquipment,
    EquipmentTooSoon, EquipmentTaken."""
    call.acting.signed_in()
    booking = check_visible(call, storage.find_booking(call.session, booking_id, lock=True), booking_id)
    booking.expect_version(expected_version)
    by = booking.role_of(call.acting)
    if _is_that(booking, equipment):
        return booking
    # All kinds at once, so that two bookings that exchange theirs do not wait for each other.
    kept = [one.kind_id for one in booking.equipment]
    equipment_storage.lock_kinds(call.session, [*kept, *(one["kind_id"] for one in equipment)])
    lock_kept(call.session, booking)
    wish = lock_wish(call, booking.space, equipment, booking.starts_at, beyond=by == "staff")
    booking.want_equipment(bool(wish), call.now)
    call.session.flush()
    equipment_storage.want_no_more(call.session, booking.id, wish)
    if wish:
        take(call, booking, wish, if_equipment_taken)
    if booking.state == "confirmed":
        about = {"changed_by": by, "equipment": [], "missing_equipment": []} | about_equipment(booking)
        outbox.add(call.session, booking_message("booking.equipment_changed.v1", booking, call.now, **about))
    return booking


def _is_that(booking: Booking, wanted: Sequence[Mapping[str, Any]]) -> bool:
    """Whether the booking has just that already. What it has lost can be asked for again."""
    has = {one.kind_id: one.quantity for one in booking.equipment if one.state != "lost"}
    return has == {one["kind_id"]: one["quantity"] for one in wanted} and len(has) == len(booking.equipment)
