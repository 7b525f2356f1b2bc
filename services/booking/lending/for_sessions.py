"""What sessions of club events need of equipment. Their staff fetch it; no loan is noted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from chassis.database.communities import within
from chassis.rpc.communities import Communities
from services.booking.claims.models import ClaimedTime, ClaimRequest
from services.booking.equipment.models import EquipmentKind, EquipmentUse
from services.booking.spaces.models import LONGEST_BOOKING, Space


@dataclass(frozen=True, slots=True)
class SessionNeeds:
    """What a session has of a kind. `title` is public, or None. `space_names` are {"zh-CN", "en"}."""

    use: EquipmentUse
    time: ClaimedTime
    title: Mapping[str, Any] | None
    kind: EquipmentKind
    space_names: Sequence[Mapping[str, Any]]
    labels: Sequence[str]


def needed_by_sessions(
    session: Session, communities: Communities, start: datetime, end: datetime, now: datetime, most: int
) -> list[tuple[EquipmentUse, ClaimedTime, Mapping[str, Any] | None, EquipmentKind]]:
    """What sessions that overlap the time (aware) want, by start. Holds that have expired do not count."""
    statement = (
        select(EquipmentUse, ClaimedTime, ClaimRequest.title, EquipmentKind)
        .join(ClaimedTime, ClaimedTime.holder_id == EquipmentUse.session_id)
        .join(ClaimRequest, ClaimRequest.id == ClaimedTime.claim_request_id)
        .join(EquipmentKind, EquipmentKind.id == EquipmentUse.kind_id)
        .where(
            within(ClaimedTime.community_id, communities),
            # The first condition follows from the others. It is there for the index on starts_at.
            ClaimedTime.starts_at > start - LONGEST_BOOKING - timedelta(days=1),
            ClaimedTime.starts_at < end,
            ClaimedTime.ends_at > start,
            or_(ClaimedTime.expires_at.is_(None), ClaimedTime.expires_at > now),
        )
        .order_by(ClaimedTime.starts_at, ClaimedTime.holder_id, EquipmentKind.id)
        .limit(most)
    )
    return [(use, time, title, kind) for use, time, title, kind in session.execute(statement)]


def with_names(
    session: Session,
    rows: Sequence[tuple[EquipmentUse, ClaimedTime, Mapping[str, Any] | None, EquipmentKind]],
    labels: Mapping[UUID, Sequence[str]],
) -> list[SessionNeeds]:
    """The rows with the names of their spaces. One statement, or none without rows."""
    if not rows:
        return []
    ids = {space_id for _, time, *_ in rows for space_id in time.space_ids}
    found = session.execute(select(Space.id, Space.name).where(Space.id.in_(ids)))
    names: dict[UUID, Mapping[str, Any]] = {row.id: row.name for row in found}
    return [
        SessionNeeds(use, time, title, kind, [names[one] for one in time.space_ids if one in names], labels.get(use.id, []))
        for use, time, title, kind in rows
    ]
