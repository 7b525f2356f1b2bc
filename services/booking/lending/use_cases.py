"""What is needed at the desk, handing out and taking back. Clerks and grid workers of the community do it; supervisors and
organisers look."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from uuid_utils.compat import uuid7

from chassis.rpc.call import Call
from chassis.rpc.refusal import Forbidden, NotFound
from services.booking.access import DESK, HELPERS, account, narrowed, serves
from services.booking.bookings import storage as bookings
from services.booking.bookings.models import Booking
from services.booking.bookings.use_cases.find_bookings import check_visible
from services.booking.equipment import storage as equipment
from services.booking.equipment.models import EquipmentKind, EquipmentUnit, EquipmentUse
from services.booking.interface.equipment_refusals import NotReserved, UnitOut
from services.booking.interface.lending import MOST_LENT
from services.booking.lending import storage
from services.booking.lending.for_sessions import SessionNeeds, needed_by_sessions, with_names
from services.booking.lending.models import EquipmentLoan, check_hand_out
from services.booking.managed_equipment.storage import give_again, lock_kind
from services.booking.spaces.models import Space


@dataclass(frozen=True, slots=True)
class LoanShown:
    """A loan, with the name of its kind and the label of its unit."""

    loan: EquipmentLoan
    kind_name: Mapping[str, Any]
    label: str | None

    def __getattr__(self, name: str) -> Any:
        return getattr(self.loan, name)


@dataclass(frozen=True, slots=True)
class Needed:
    """What a booking has of a kind, and its loans."""

    use: EquipmentUse
    booking: Booking
    space: Space
    kind: EquipmentKind
    labels: Sequence[str]
    loans: Sequence[LoanShown]

    def __getattr__(self, name: str) -> Any:
        of_booking = {"booking_number": "number", "booking_state": "state", "resident_id": "resident_id"}
        if name in of_booking:
            return getattr(self.booking, of_booking[name])
        if name in ("starts_at", "ends_at", "space_id"):
            return getattr(self.booking, name)
        if name == "space_name":
            return self.space.name
        return getattr(self.kind if name in ("name", "handed_out", "deposit") else self.use, name)


@dataclass(frozen=True, slots=True)
class Lending:
    items: Sequence[Needed]
    sessions: Sequence[SessionNeeds]
    overdue: Sequence[LoanShown]
    complete: bool


def get_lending(call: Call, *, start: datetime, end: datetime, community_id: str | None = None) -> Lending:
    """What confirmed bookings and sessions of club events between the times (aware) need, and what is overdue. Raises
    Unauthenticated, Forbidden, InvalidField. Six statements."""
    call.acting.require_role(*DESK)
    communities = narrowed(call.acting.reach, community_id)
    rows = storage.needed(call.session, communities, start, end, MOST_LENT + 1)
    held = needed_by_sessions(call.session, communities, start, end, call.now, MOST_LENT + 1)
    complete = len(rows) <= MOST_LENT and len(held) <= MOST_LENT
    rows, held = rows[:MOST_LENT], held[:MOST_LENT]
    labels = storage.labels(call.session, [use.id for use, *_ in [*rows, *held]])
    loans = [_shown(*row) for row in storage.loans_of(call.session, [booking.id for _, booking, *_ in rows])]
    items = [
        Needed(
            *(use, booking, space, kind),
            labels.get(use.id, []),
            [one for one in loans if (one.loan.booking_id, one.loan.kind_id) == (booking.id, kind.id)],
        )
        for use, booking, space, kind in rows
    ]
    late = [_shown(*row) for row in storage.overdue(call.session, communities, call.now, MOST_LENT)]
    return Lending(items, with_names(call.session, held, labels), late, complete)


def hand_out_equipment(
    call: Call,
    *,
    booking_id: UUID,
    kind_id: UUID | None = None,
    label: str | None = None,
    quantity: int | None = None,
) -> LoanShown:
    """Hand out a unit, or some of a pool, that the booking has reserved, as often as some of it is left. With the label of
    another unit of the kind, that one takes the place of a reserved one, if it is free. Raises Unauthenticated, NotFound,
    Forbidden, NotHandOutTime, NotReserved, UnitOut."""
    booking = _lock_booking(call, booking_id)
    check_hand_out(booking, call.now)
    unit = storage.unit_labelled(call.session, booking.community_id, label) if label else None
    if label and unit is None:
        raise NotFound(label=label)
    wanted_kind = unit.kind_id if unit else kind_id
    kind = equipment.lock_kinds(call.session, [wanted_kind]).get(wanted_kind) if wanted_kind else None
    if kind is None or kind.community_id != booking.community_id:
        raise NotFound(kind_id=str(wanted_kind))
    use = storage.find_use(call.session, booking.id, kind.id)
    if use is None or use.state != "claimed":
        raise NotReserved()
    if kind.counted == "units":
        return _hand_out_unit(call, booking, kind, use, unit)
    left = use.quantity - storage.pool_out(call.session, booking.id, kind.id)
    if left <= 0:
        raise UnitOut(booking_id=str(booking.id))
    return _lend(call, booking, kind, None, min(quantity or left, left))


def take_back_equipment(
    call: Call, *, loan_id: UUID, missing: int = 0, damage_note: str | None = None, to_repair: bool = False
) -> LoanShown:
    """It is back, perhaps damaged. What is missing of a pool is taken off its quantity. A unit that goes to repair is replaced
    in its bookings, or they lose it and the job tells them. Raises Unauthenticated, NotFound, Forbidden,
    AlreadyReturned."""
    by = account(call.acting)
    known = storage.find_loan(call.session, loan_id)
    if known is None or not serves(call.acting, known.community_id, DESK):
        raise NotFound(loan_id=str(loan_id))
    if not serves(call.acting, known.community_id, HELPERS):
        raise Forbidden(needs=sorted(HELPERS))
    kind = lock_kind(call.session, known.kind_id, call.now)
    loan = storage.find_loan(call.session, loan_id, lock=True)
    if loan is None or kind is None:
        raise NotFound(loan_id=str(loan_id))
    loan.give_back(call.now, by=by, missing=missing if loan.unit_id is None else 0, damage_note=damage_note)
    unit = storage.find_unit(call.session, loan.unit_id) if loan.unit_id else None
    if unit is not None and (damage_note or to_repair):
        unit.note = damage_note or unit.note
        unit.state = "in_repair" if to_repair and unit.state == "in_use" else unit.state
        unit.changed()
    if loan.missing and kind.quantity is not None:
        kind.quantity = max(0, kind.quantity - loan.missing)
        kind.changed()
    if loan.missing or (unit is not None and unit.state != "in_use"):
        give_again(call.session, kind, call.now, all_of_pool=bool(loan.missing))
    return LoanShown(loan, kind.name, unit.label if unit else None)


def _hand_out_unit(
    call: Call, booking: Booking, kind: EquipmentKind, use: EquipmentUse, unit: EquipmentUnit | None
) -> LoanShown:
    reserved, out = storage.units_claimed(call.session, use.id), set(storage.units_out(call.session, booking.id, kind.id))
    still_here = sorted((one for one in reserved if one.id not in out), key=lambda one: one.state == "in_use")  # broken first
    if unit is None:
        unit = next((one for one in still_here if one.state == "in_use"), None)
    else:
        unit = storage.find_unit(call.session, unit.id)  # under the lock of the kind
    if unit is None or (unit.id not in out and (not still_here or unit.state != "in_use")):
        raise NotReserved()
    if unit.id not in {one.id for one in reserved} and not storage.exchange(call.session, use, still_here[0].id, unit.id):
        raise NotReserved()
    return _lend(call, booking, kind, unit, 1)


def _lend(call: Call, booking: Booking, kind: EquipmentKind, unit: EquipmentUnit | None, quantity: int) -> LoanShown:
    """Raises UnitOut if it is out already."""
    loan = EquipmentLoan(
        id=uuid7(),
        community_id=booking.community_id,
        booking_id=booking.id,
        kind_id=kind.id,
        unit_id=unit.id if unit else None,
        quantity=quantity,
        handed_out_at=call.now,
        handed_out_by=account(call.acting),
        due_at=booking.ends_at,
        missing=0,
    )
    try:
        with call.session.begin_nested():
            call.session.add(loan)
            call.session.flush()
    except IntegrityError:  # a partial unique index: it is out, perhaps since a moment ago
        there = storage.loan_out(call.session, unit.id) if unit else None
        raise UnitOut(booking_id=str(there.booking_id if there else booking.id)) from None
    return LoanShown(loan, kind.name, unit.label if unit else None)


def _lock_booking(call: Call, booking_id: UUID) -> Booking:
    account(call.acting)
    booking = check_visible(call, bookings.find_booking(call.session, booking_id, lock=True), booking_id)
    if not serves(call.acting, booking.community_id, HELPERS):
        raise Forbidden(needs=sorted(HELPERS))
    return booking


def _shown(loan: EquipmentLoan, kind: EquipmentKind, label: str | None) -> LoanShown:
    return LoanShown(loan, kind.name, label)
