"""Takes equipment with a booking, in the transaction that makes or changes it. `Bookable` is what it needs of a booking."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from math import ceil
from types import MappingProxyType
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy.orm import Session

from chassis.rpc.call import Call
from chassis.rpc.refusal import NotFound
from services.booking.equipment import storage
from services.booking.equipment.models import EquipmentKind
from services.booking.interface.equipment_refusals import EquipmentTaken
from services.booking.spaces.models import Space

MOST_OTHER_TIMES = 2
_AROUND = timedelta(hours=12)  # other times are looked for so far before and after
Wish = Mapping[UUID, int]  # quantity by kind
NOTHING: Wish = MappingProxyType({})


class Bookable(Protocol):
    id: UUID
    community_id: str
    space_id: UUID
    starts_at: datetime
    ends_at: datetime
    state: str
    with_equipment: bool
    space: Any
    equipment: Any


def lock_wish(
    call: Call, space: Space, wanted: Sequence[Mapping[str, Any]], starts_at: datetime, *, beyond: bool = False
) -> Wish:
    """What is wanted, checked against the rules of each kind, under their locks. Nothing is read if nothing is wanted. Raises
    what `find_wanted` and `check_wish` raise."""
    kinds = find_wanted(call, space, wanted, lock=True)
    return check_wish(call, kinds, wanted, space, starts_at, beyond=beyond)


def find_wanted(
    call: Call, space: Space, wanted: Sequence[Mapping[str, Any]], *, lock: bool = False
) -> Mapping[UUID, EquipmentKind]:
    """The kinds that are wanted, by id; with `lock` under their locks. Nothing is read if there are none. Raises NotFound."""
    if not wanted:
        return {}
    find = storage.lock_kinds if lock else storage.find_kinds
    kinds = find(call.session, [one["kind_id"] for one in wanted])
    for one in wanted:
        kind = kinds.get(one["kind_id"])
        if kind is None or kind.community_id != space.community_id:
            raise NotFound(kind_id=str(one["kind_id"]))
    return kinds


def check_wish(
    call: Call,
    kinds: Mapping[UUID, EquipmentKind],
    wanted: Sequence[Mapping[str, Any]],
    space: Space,
    starts_at: datetime,
    *,
    beyond: bool = False,
) -> Wish:
    """Raises EquipmentNotHere, TooMuchEquipment or EquipmentTooSoon unless a booking from `starts_at` (aware) may have what is
    wanted. With `beyond`, staff go beyond the notice."""
    for one in wanted:
        kinds[one["kind_id"]].check_wanted(one["quantity"], space, starts_at, call.now, beyond=beyond)
    return {one["kind_id"]: one["quantity"] for one in wanted}


def take(call: Call, booking: Bookable, wish: Wish, if_taken: str) -> None:
    """Give the booking, which is stored, what it wishes, at least one thing. The caller has the locks of `lock_wish`, and those
    of the kinds that it had before. Raises EquipmentTaken; with the choice `without` the booking goes on without it."""
    storage.want(call.session, booking.id, booking.community_id, wish, call.now)
    storage.settle(call.session, booking.id)
    booking.equipment = check_kept(call, booking, if_taken)


def lock_kept(session: Session, *bookings: Bookable) -> None:
    """Lock the kinds of what the bookings have, before they move."""
    if with_some := [one.id for one in bookings if one.with_equipment]:
        storage.lock_kinds(session, (), with_some)


def keep_equipment(call: Call, booking: Bookable, if_taken: str) -> None:
    """After the booking has moved: its equipment has come with it, or this raises EquipmentTaken, as in `check_kept`. Nothing
    is read for a booking without equipment."""
    if booking.with_equipment:
        call.session.flush()  # the trigger has moved what it has
        booking.equipment = check_kept(call, booking, if_taken)


def check_kept(call: Call, booking: Bookable, if_taken: str) -> list[storage.Booked]:
    """What the booking, which has its present time in the database, has now. Raises EquipmentTaken if something was lost that
    the resident does not know of; with the choice `without`, the resident knows of it by that."""
    has = storage.booked(call.session, [booking.id]).get(booking.id, [])
    lost = [one for one in has if one.state == "lost" and one.told != "lost"]
    if lost and if_taken == "refuse":
        raise EquipmentTaken(equipment=_missing(call, booking, lost))
    if lost:
        storage.note_told(call.session, booking.id)
    return has


def show(session: Session, bookings: Sequence[Bookable]) -> None:
    """Set `equipment` of those bookings. One statement, none if none has equipment."""
    with_some = [one for one in bookings if one.with_equipment]
    if not with_some:
        return
    found = storage.booked(session, [one.id for one in with_some])
    for one in with_some:
        one.equipment = found.get(one.id, [])


def _missing(call: Call, booking: Bookable, lost: Sequence[storage.Booked]) -> list[dict[str, Any]]:
    """The details of the refusal, with what is free at the time, and other times of the same length."""
    kinds = storage.lock_kinds(call.session, [one.kind_id for one in lost])
    step = timedelta(minutes=booking.space.slot_minutes * ceil(30 / booking.space.slot_minutes))
    length = booking.ends_at - booking.starts_at
    shifts = range(-int(_AROUND / step), int(_AROUND / step) + 1)
    times = [(booking.starts_at + n * step, booking.ends_at + n * step) for n in sorted(shifts, key=abs)]
    free = storage.free(call.session, kinds.values(), booking.space_id, times, but=booking.id)
    return [
        {
            "kind_id": str(one.kind_id),
            "name": one.name,
            "wanted": one.quantity,
            "free": free.get((one.kind_id, booking.starts_at), 0),
            "times": [
                {"starts_at": start.isoformat(), "ends_at": (start + length).isoformat()}
                for start, _ in times
                if start != booking.starts_at and start > call.now and free.get((one.kind_id, start), 0) >= one.quantity
            ][:MOST_OTHER_TIMES],
        }
        for one in lost
    ]


def free_now(
    call: Call, kinds: Sequence[EquipmentKind], space: Space, start: datetime, end: datetime, *, but: UUID | None = None
) -> dict[UUID, int]:
    """How many of each kind are free from `start` to `end` (aware), by kind. One statement."""
    free = storage.free(call.session, kinds, space.id, [(start, end)], but=but)
    return {kind_id: number for (kind_id, _), number in free.items()}
