"""Photos in the gateway's database: whose they are, and which report took them."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session, undefer

from chassis.rpc.refusal import NotFound
from gateway.photos.images import Prepared
from gateway.photos.models import Photo
from gateway.refusals import invalid

UNCLAIMED_LIFE = timedelta(days=1)


def add(session: Session, prepared: Prepared, *, community_id: str, uploaded_by: UUID | None, now: datetime) -> Photo:
    photo = Photo(
        community_id=community_id,
        uploaded_by=uploaded_by,
        claimed_by=None,
        media_type=prepared.media_type,
        width=prepared.width,
        height=prepared.height,
        size=len(prepared.content),
        created_at=now,
        content=prepared.content,
    )
    session.add(photo)
    session.flush()
    return photo


def claim(session: Session, photo_ids: Iterable[UUID], request_key: str, *, account_id: UUID | None) -> None:
    """Attach photos to the report that request `request_key` makes. Raises Invalid unless each was uploaded by the
    reporter (by a visitor, for a visitor) and belongs to no other report: a photo id must not be a way to see a
    photo of somebody else's case."""
    wanted = set(photo_ids)
    if not wanted:
        return
    mine = Photo.uploaded_by.is_(None) | (Photo.uploaded_by == account_id)
    free = Photo.claimed_by.is_(None) | (Photo.claimed_by == request_key)
    statement = update(Photo).where(Photo.id.in_(wanted), mine, free).values(claimed_by=request_key).returning(Photo.id)
    if len(session.scalars(statement).all()) < len(wanted):
        raise invalid("photo_ids", "unknown_photo", "upload the photo first; it can be used in one report")


def release(session: Session, request_key: str) -> None:
    """The report was refused: its photos may be used in another."""
    session.execute(update(Photo).where(Photo.claimed_by == request_key).values(claimed_by=None))


def keep(session: Session, request_key: str, *, anonymous: bool) -> None:
    """The report became a case, which has its photos; of an anonymous one it is forgotten who uploaded them."""
    session.execute(update(Photo).where(Photo.claimed_by == request_key).values(_of_case(anonymous)))


def unanswered(session: Session, before: datetime, limit: int) -> list[UUID]:
    """The oldest photos from `before` that a report took without anybody hearing what became of it; locked."""
    open_claim = Photo.claimed_by.is_not(None) & ~Photo.in_case
    statement = select(Photo.id).where(open_claim, Photo.created_at < before).order_by(Photo.created_at).limit(limit)
    return list(session.scalars(statement.with_for_update(skip_locked=True)))


def settle(session: Session, photo_ids: Iterable[UUID], in_cases: Mapping[UUID, bool]) -> None:
    """Keep those of `photo_ids` that are in a case (True for an anonymous one), and delete the others."""
    for photo_id, anonymous in in_cases.items():
        session.execute(update(Photo).where(Photo.id == photo_id).values(_of_case(anonymous)))
    session.execute(delete(Photo).where(Photo.id.in_(set(photo_ids) - in_cases.keys())))


def _of_case(anonymous: bool) -> dict[str, Any]:
    return {"in_case": True} | ({"uploaded_by": None} if anonymous else {})


def content_of(session: Session, photo_id: UUID) -> Photo:
    """The photo with its content. Raises NotFound."""
    photo = session.get(Photo, photo_id, options=[undefer(Photo.content)])
    if photo is None:
        raise NotFound()
    return photo


def of_uploader(session: Session, photo_id: UUID, account_id: UUID) -> Photo:
    """The photo with its content, to whoever uploaded it. Raises NotFound."""
    statement = select(Photo).where(Photo.id == photo_id, Photo.uploaded_by == account_id).options(undefer(Photo.content))
    if (photo := session.scalar(statement)) is None:
        raise NotFound()
    return photo


def drop_unclaimed(session: Session, now: datetime) -> int:
    """Delete photos that no report took within a day. Returns how many."""
    gone = delete(Photo).where(Photo.claimed_by.is_(None), Photo.created_at < now - UNCLAIMED_LIFE).returning(Photo.id)
    return len(session.scalars(gone).all())
