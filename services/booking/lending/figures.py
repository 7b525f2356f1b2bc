"""How much the equipment of a community is used, by kind. Staff see it; nobody is named."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Integer, Row, Select, case, cast, func, or_, select

from chassis.rpc.call import Call
from chassis.rpc.refusal import InvalidField
from chassis.rpc.rules import UNKNOWN
from services.booking.access import ADMIN, DESK
from services.booking.bookings.models import Booking
from services.booking.calendar.local_days import MINUTES_A_DAY, LocalDays
from services.booking.calendar.storage import zone_of
from services.booking.claims.models import ClaimedTime
from services.booking.equipment.models import EquipmentKind, EquipmentUse
from services.booking.lending.models import EquipmentLoan

_NOTHING = (0, 0, 0)


@dataclass(frozen=True, slots=True)
class KindUse:
    """Of one kind: how many bookings and sessions had it, and for how long, in minutes of one piece. How often it was handed
    out, and for how long; how many loans came back damaged, and how many pieces of a pool did not."""

    kind: EquipmentKind
    bookings: int
    sessions: int
    used_minutes: int
    lent: int
    lent_minutes: int
    damaged: int
    missing: int


def get_equipment_use(call: Call, *, first_day: date, last_day: date) -> list[KindUse]:
    """The use of each kind of the community that the caller looks at, by bookings and sessions that start from `first_day` to
    `last_day` (local, included), and by the loans of these bookings; sorted by id. What is out counts until now. Five
    statements. Raises Unauthenticated, Forbidden, InvalidField if the caller does not look at one community."""
    call.acting.require_role(*DESK, ADMIN)
    community_id = call.community_id
    if community_id not in call.acting.reach:
        raise InvalidField(UNKNOWN, "community_id")
    days = LocalDays(zone_of(call.session, community_id), first_day, last_day)
    start, end = (datetime.fromtimestamp(at, UTC) for at in (days.instant(first_day, 0), days.instant(last_day, MINUTES_A_DAY)))
    used = _by_kind(call, _of_bookings(community_id, start, end))
    held = _by_kind(call, _of_sessions(community_id, start, end, call.now))
    lent = _by_kind(call, _loans(community_id, start, end, call.now))
    kinds = call.session.scalars(
        select(EquipmentKind).where(EquipmentKind.community_id == community_id).order_by(EquipmentKind.id)
    )
    return [
        KindUse(
            kind,
            *(used.get(kind.id, _NOTHING)[0], held.get(kind.id, _NOTHING)[0]),
            used.get(kind.id, _NOTHING)[1] + held.get(kind.id, _NOTHING)[1],
            *lent.get(kind.id, (0, 0, 0, 0)),
        )
        for kind in kinds
        if kind.active or kind.id in used or kind.id in held or kind.id in lent
    ]


def _by_kind(call: Call, statement: Any) -> dict[UUID, tuple[int, ...]]:
    rows: list[Row[Any]] = list(call.session.execute(statement))
    return {row[0]: tuple(row[1:]) for row in rows}


def _minutes(start: Any, end: Any, pieces: Any) -> ColumnElement[int]:
    return cast(func.sum(func.extract("epoch", end - start) / 60 * pieces), Integer)


def _of_bookings(community_id: str, start: datetime, end: datetime) -> Select[UUID, int, int]:
    minutes = _minutes(Booking.starts_at, Booking.ends_at, EquipmentUse.quantity)
    return (
        select(EquipmentUse.kind_id, func.count(), minutes)
        .join(Booking, Booking.id == EquipmentUse.booking_id)
        .where(Booking.community_id == community_id, Booking.starts_at >= start, Booking.starts_at < end)
        .where(Booking.with_equipment, Booking.state == "confirmed", EquipmentUse.state == "claimed")
        .group_by(EquipmentUse.kind_id)
    )


def _of_sessions(community_id: str, start: datetime, end: datetime, now: datetime) -> Select[UUID, int, int]:
    """Holds that have expired do not count: nobody confirmed these sessions."""
    minutes = _minutes(ClaimedTime.starts_at, ClaimedTime.ends_at, EquipmentUse.quantity)
    return (
        select(EquipmentUse.kind_id, func.count(), minutes)
        .join(ClaimedTime, ClaimedTime.holder_id == EquipmentUse.session_id)
        .where(ClaimedTime.community_id == community_id, ClaimedTime.starts_at >= start, ClaimedTime.starts_at < end)
        .where(EquipmentUse.state == "claimed", or_(ClaimedTime.expires_at.is_(None), ClaimedTime.expires_at > now))
        .group_by(EquipmentUse.kind_id)
    )


def _loans(community_id: str, start: datetime, end: datetime, now: datetime) -> Select[UUID, int, int, int, int]:
    """By the start of the booking, so that the indexes of bookings and of their loans find them."""
    until = func.coalesce(EquipmentLoan.returned_at, func.greatest(EquipmentLoan.handed_out_at, now))
    damaged = func.count(case((EquipmentLoan.damage_note.is_not(None), 1)))
    return (
        select(
            EquipmentLoan.kind_id,
            func.count(),
            _minutes(EquipmentLoan.handed_out_at, until, EquipmentLoan.quantity),
            damaged,
            func.sum(EquipmentLoan.missing),
        )
        .join(Booking, Booking.id == EquipmentLoan.booking_id)
        .where(Booking.community_id == community_id, Booking.starts_at >= start, Booking.starts_at < end)
        .where(Booking.with_equipment)
        .group_by(EquipmentLoan.kind_id)
    )
