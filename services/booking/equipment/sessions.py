"""Equipment of the sessions that other services claim: it comes with their times, all of it or nothing. The caller has the
locks of the kinds (`storage.lock_kinds`)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from services.booking.equipment.models import EquipmentKind, EquipmentUse
from services.booking.equipment.storage import settle
from services.booking.ledger.models import Claim

_PLAIN = {"synchronize_session": False}
Key = tuple[UUID, UUID]  # session id, kind id


@dataclass(frozen=True, slots=True)
class SessionWish:
    """What a session needs: the quantity by kind. `stays`: at the time and in the spaces that it has."""

    session_id: UUID
    equipment: Mapping[UUID, int]
    stays: bool


@dataclass(frozen=True, slots=True)
class Given:
    """What a session has of a kind. `name` is {"zh-CN", "en"}."""

    kind_id: UUID
    name: Mapping[str, Any]
    quantity: int


def quantities(session: Session, session_ids: Collection[UUID]) -> dict[Key, tuple[UUID, int]]:
    """What the sessions want already, also what they have lost: the id of the use and the quantity. One statement."""
    columns = EquipmentUse.session_id, EquipmentUse.kind_id, EquipmentUse.id, EquipmentUse.quantity
    rows = session.execute(select(*columns).where(EquipmentUse.session_id.in_(session_ids)))
    return {(session_id, kind_id): (use_id, quantity) for session_id, kind_id, use_id, quantity in rows if session_id}


def replace(
    session: Session,
    community_id: str,
    had: Mapping[Key, tuple[UUID, int]],
    wishes: Sequence[SessionWish],
    now: datetime,
) -> list[Key]:
    """Give the sessions, whose times are stored, what they wish instead of what they `had` (`quantities`). What stays as it is
    is not touched, so a session keeps its place among those who asked, and what it has lost without its doing is not refused
    now. Returns what is not free; if that is not empty, the caller must roll back."""
    asked = {(wish.session_id, kind_id): number for wish in wishes for kind_id, number in wish.equipment.items()}
    staying = {wish.session_id for wish in wishes if wish.stays}
    same = {key for key, number in asked.items() if key[0] in staying and key in had and had[key][1] == number}
    give_back(session, [use_id for key, (use_id, _) in had.items() if key not in same])
    new = {key: number for key, number in asked.items() if key not in same}
    if not new:
        return []
    about = {"community_id": community_id, "state": "wanted", "created_at": now}
    session.execute(
        insert(EquipmentUse),
        [
            about | {"id": uuid7(), "session_id": session_id, "kind_id": kind_id, "quantity": number}
            for (session_id, kind_id), number in new.items()
        ],
    )
    for session_id in dict.fromkeys(session_id for session_id, _ in new):
        settle(session, session_id)
    lost = select(EquipmentUse.session_id, EquipmentUse.kind_id).where(
        EquipmentUse.session_id.in_({session_id for session_id, _ in new}), EquipmentUse.state == "lost"
    )
    found = {(session_id, kind_id) for session_id, kind_id in session.execute(lost)}
    return [key for key in new if key in found]


def give_back(session: Session, use_ids: Collection[UUID]) -> None:
    """Free these uses, and forget them."""
    if not use_ids:
        return
    session.execute(delete(Claim).where(Claim.holder_id.in_(use_ids)), execution_options=_PLAIN)
    session.execute(delete(EquipmentUse).where(EquipmentUse.id.in_(use_ids)), execution_options=_PLAIN)


def given(session: Session, session_ids: Collection[UUID]) -> dict[UUID, list[Given]]:
    """By session: what it has, without what it has lost. One statement."""
    found: dict[UUID, list[Given]] = {session_id: [] for session_id in session_ids}
    statement = (
        select(EquipmentUse.session_id, EquipmentUse.kind_id, EquipmentKind.name, EquipmentUse.quantity)
        .join(EquipmentKind, EquipmentKind.id == EquipmentUse.kind_id)
        .where(EquipmentUse.session_id.in_(session_ids), EquipmentUse.state == "claimed")
        .order_by(EquipmentUse.kind_id)
    )
    for session_id, *what in session.execute(statement):
        found[session_id].append(Given(*what))
    return found
