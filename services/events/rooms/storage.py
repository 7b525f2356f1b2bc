"""Selects and locks of room claims. The club event is always locked first."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, or_, select, union_all
from sqlalchemy.orm import Session

from services.events.club_events.models import ClubEvent, ClubSession
from services.events.rooms.models import PATIENCE, RoomClaim


def find_claim(session: Session, club_event_id: UUID) -> RoomClaim | None:
    return session.scalars(select(RoomClaim).where(RoomClaim.club_event_id == club_event_id)).one_or_none()


def lock_claim(session: Session, club_event_id: UUID) -> RoomClaim | None:
    """The claim of the club event, read again and locked. The caller holds the lock of the club event."""
    claim = select(RoomClaim).where(RoomClaim.club_event_id == club_event_id).with_for_update()
    return session.scalars(claim, execution_options={"populate_existing": True}).one_or_none()


def club_event_of(session: Session, claim_id: UUID) -> UUID | None:
    """The club event of a claim. None if the claim is of somebody else."""
    return session.scalar(select(RoomClaim.club_event_id).where(RoomClaim.id == claim_id))


def to_ask(session: Session, now: datetime, limit: int) -> Sequence[UUID]:
    """Ids of club events for which booking may have to be asked (`is_to_ask`), of any community."""
    unanswered = select(RoomClaim.club_event_id).where(RoomClaim.state == "asked", RoomClaim.asked_at <= now - PATIENCE)
    without_equipment = (
        select(ClubEvent.id)
        .join(RoomClaim, RoomClaim.club_event_id == ClubEvent.id)
        .where(ClubEvent.state == "published", RoomClaim.equipment_unanswered, RoomClaim.state != "asked")
        .where(RoomClaim.asked_at <= now - PATIENCE)
    )
    to_free = (
        select(ClubEvent.id)
        .join(RoomClaim, RoomClaim.club_event_id == ClubEvent.id)
        .where(ClubEvent.state == "cancelled", RoomClaim.state.in_(["granted", "refused"]))
    )
    coming = exists().where(
        ClubSession.club_event_id == ClubEvent.id, ClubSession.ends_at > now, ClubSession.cancelled_at.is_(None)
    )
    claimed = exists().where(RoomClaim.club_event_id == ClubEvent.id)
    own_place = exists().where(ClubSession.club_event_id == ClubEvent.id, ClubSession.space_id.is_not(None))
    unclaimed = select(ClubEvent.id).where(
        ClubEvent.state == "published", or_(ClubEvent.space_id.is_not(None), own_place), coming, ~claimed
    )
    return session.scalars(union_all(unanswered, to_free, unclaimed, without_equipment).limit(limit)).all()
