"""Selects of equipment, and the statements that claim it."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    DateTime,
    Integer,
    Uuid,
    case,
    column,
    delete,
    func,
    literal,
    or_,
    select,
    text,
    update,
    values,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from chassis.database.communities import within
from chassis.rpc.communities import Communities
from services.booking.equipment.models import EquipmentKind, EquipmentUnit, EquipmentUse
from services.booking.ledger.models import Claim
from services.booking.spaces.models import Space

_PLAIN = {"synchronize_session": False}
_SETTLE = text("SELECT settle_equipment(:booking_id)")


@dataclass(frozen=True, slots=True)
class Booked:
    """What a booking has of a kind: the interface's BookedEquipment."""

    kind_id: UUID
    name: Mapping[str, Any]
    quantity: int
    state: str
    told: str | None
    units: list[str] = field(default_factory=list)


def lock_kinds(
    session: Session, kind_ids: Collection[UUID], booking_ids: Collection[UUID] = (), session_ids: Collection[UUID] = ()
) -> dict[UUID, EquipmentKind]:
    """Those kinds, and those that the bookings and the sessions want, by id. Until the transaction ends nobody else
    claims them. Whoever claims equipment calls this before it locks limits, the calendar, resources or claims."""
    of_bookings = select(EquipmentUse.kind_id).where(EquipmentUse.booking_id.in_(booking_ids))
    which = [EquipmentKind.id.in_(kind_ids), EquipmentKind.id.in_(of_bookings)]
    if session_ids:
        which.append(EquipmentKind.id.in_(select(EquipmentUse.kind_id).where(EquipmentUse.session_id.in_(session_ids))))
    wanted = select(EquipmentKind).where(or_(*which))
    locked = wanted.order_by(EquipmentKind.id).with_for_update(key_share=True)
    return {kind.id: kind for kind in session.scalars(locked)}


def find_kinds(session: Session, kind_ids: Collection[UUID]) -> dict[UUID, EquipmentKind]:
    """Those kinds by id."""
    return {kind.id: kind for kind in session.scalars(select(EquipmentKind).where(EquipmentKind.id.in_(kind_ids)))}


def want(session: Session, booking_id: UUID, community_id: str, quantities: Mapping[UUID, int], now: datetime) -> None:
    """Store what a booking wants, by kind, at least one; of a kind that it wants already, how many from now on."""
    rows = [
        {
            "id": uuid7(),
            "community_id": community_id,
            "booking_id": booking_id,
            "kind_id": kind_id,
            "quantity": quantity,
            "state": "wanted",
            "created_at": now,
        }
        for kind_id, quantity in quantities.items()
    ]
    new = insert(EquipmentUse).values(rows)
    more = new.excluded.quantity > EquipmentUse.quantity  # only who wants more comes after those who were there
    since = case((more, new.excluded.created_at), else_=EquipmentUse.created_at)
    changed = {"quantity": new.excluded.quantity, "created_at": since, "told": None}
    session.execute(new.on_conflict_do_update(constraint="equipment_use_once", set_=changed))


def want_no_more(session: Session, booking_id: UUID, but: Collection[UUID]) -> None:
    """Free what the booking has, of all kinds but those."""
    gone = select(EquipmentUse.id).where(EquipmentUse.booking_id == booking_id, EquipmentUse.kind_id.not_in(but))
    session.execute(delete(Claim).where(Claim.holder_id.in_(gone)), execution_options=_PLAIN)
    session.execute(delete(EquipmentUse).where(EquipmentUse.id.in_(gone)), execution_options=_PLAIN)


def settle(session: Session, booking_id: UUID) -> None:
    """Claim what the booking wants and can have. What it cannot have is lost. A request claims nothing."""
    session.execute(_SETTLE, {"booking_id": booking_id})


def booked(session: Session, booking_ids: Collection[UUID]) -> dict[UUID, list[Booked]]:
    """By booking: its equipment, by name. One statement."""
    labels = (
        select(func.array_agg(EquipmentUnit.label.op("ORDER BY")(EquipmentUnit.label)))
        .join(Claim, Claim.resource_id == EquipmentUnit.id)
        .where(Claim.holder_id == EquipmentUse.id)
        .scalar_subquery()
    )
    statement = (
        select(EquipmentUse.booking_id, EquipmentUse, EquipmentKind.name, labels)
        .join(EquipmentKind, EquipmentKind.id == EquipmentUse.kind_id)
        .where(EquipmentUse.booking_id.in_(booking_ids))
        .order_by(EquipmentUse.kind_id)
    )
    found: dict[UUID, list[Booked]] = defaultdict(list)
    options = {"populate_existing": True}  # the trigger writes them too
    for booking_id, use, name, units in session.execute(statement, execution_options=options):
        found[booking_id].append(Booked(use.kind_id, name, use.quantity, use.state, use.told, units or []))
    return found


def note_told(session: Session, booking_id: UUID) -> None:
    """The resident knows what became of the equipment of the booking."""
    of_booking = EquipmentUse.booking_id == booking_id, EquipmentUse.state.in_(("lost", "claimed"))
    session.execute(update(EquipmentUse).where(*of_booking).values(told=EquipmentUse.state), execution_options=_PLAIN)


def kinds_for(session: Session, space: Space) -> Sequence[EquipmentKind]:
    """The kinds in use that can be taken to the space, in the order in which they were added."""
    fits = or_(func.cardinality(EquipmentKind.space_ids) == 0, literal(space.id, Uuid) == func.any(EquipmentKind.space_ids))
    statement = select(EquipmentKind).where(EquipmentKind.community_id == space.community_id, EquipmentKind.active, fits)
    return session.scalars(statement.order_by(EquipmentKind.id)).all()


def free(
    session: Session,
    kinds: Collection[EquipmentKind],
    space_id: UUID,
    times: Sequence[tuple[datetime, datetime]],
    *,
    but: UUID | None = None,
) -> dict[tuple[UUID, datetime], int]:
    """How many of each kind are free in the space during each of `times` (aware; the turnover is added), by kind and start.
    What the booking `but` has counts as free. One statement."""
    found = free_in(session, kinds, [(space_id, start, end) for start, end in times], but=but)
    return {(kind_id, start): number for (kind_id, _, start), number in found.items()}


def free_in(
    session: Session,
    kinds: Collection[EquipmentKind],
    places: Sequence[tuple[UUID, datetime, datetime]],
    *,
    but: UUID | None = None,
) -> dict[tuple[UUID, UUID, datetime], int]:
    """The same for several spaces, each with a time: by kind, space and start. One statement."""
    if not kinds or not places:
        return {}
    moment = DateTime(timezone=True)
    columns = column("space_id", Uuid), column("starts", moment), column("ends", moment)
    asked = values(*columns, name="asked").data(list(places))
    turnover = func.make_interval(0, 0, 0, 0, 0, EquipmentKind.turnover_minutes)
    during = func.tstzrange(asked.c.starts, asked.c.ends + turnover)
    counted: ColumnElement[int] = func.free_equipment(EquipmentKind.id, during, asked.c.space_id, but, type_=Integer)
    statement = select(EquipmentKind.id, asked.c.space_id, asked.c.starts, counted).join(asked, text("true"))
    rows = session.execute(statement.where(EquipmentKind.id.in_([kind.id for kind in kinds])))
    return {(kind_id, space_id, starts): number for kind_id, space_id, starts, number in rows}


def kinds_named(session: Session, communities: Communities, word: str) -> Sequence[EquipmentKind]:
    """The kinds in use with that word in one of their names."""
    names = (func.lower(EquipmentKind.name[language].astext) for language in ("zh-CN", "en"))
    has_word = or_(*(func.strpos(name, word.lower()) > 0 for name in names))
    statement = select(EquipmentKind).where(within(EquipmentKind.community_id, communities), EquipmentKind.active, has_word)
    return session.scalars(statement).all()
