"""Rows of photos: their owner, the report that claimed them, and the state of their content."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, select, update
from sqlalchemy.orm import Session

from chassis.rpc.refusal import InvalidField, NotFound
from chassis.rpc.rules import Rule
from gateway.photos.models import LEAVING, PENDING, STORED, Photo
from gateway.photos.prepared import Prepared

UNKNOWN_PHOTO = Rule(
    "unknown_photo", "Upload the photo first; it can be used in one report.", "请先上传照片；每张照片只能用于一次上报。"
)
UNCLAIMED_FOR = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class OpenClaim:
    """A photo with a claim by the request `claimed_by`, whose result is unknown."""

    photo_id: UUID
    claimed_by: str


def add(session: Session, prepared: Prepared, *, community_id: str, uploaded_by: UUID | None, now: datetime) -> Photo:
    """A new photo whose content is not stored yet."""
    photo = Photo(
        community_id=community_id,
        uploaded_by=uploaded_by,
        claimed_by=None,
        state=PENDING,
        media_type=prepared.media_type,
        width=prepared.width,
        height=prepared.height,
        size=len(prepared.content),
        created_at=now,
    )
    session.add(photo)
    session.flush()
    return photo


def mark_stored(session: Session, photo_id: UUID) -> None:
    """Mark the content as stored. From now on the photo can be shown and reported. Raises NotFound if it was given up
    meanwhile."""
    pending = update(Photo).where(Photo.id == photo_id, Photo.state == PENDING)
    if session.scalar(pending.values(state=STORED).returning(Photo.id)) is None:
        raise NotFound()


def give_up_pending(session: Session, photo_id: UUID) -> bool:
    """Give up a pending photo after a failed upload, and return True. A stored photo stays; then return False."""
    pending = update(Photo).where(Photo.id == photo_id, Photo.state == PENDING)
    return session.scalar(pending.values(state=LEAVING).returning(Photo.id)) is not None


def claim(session: Session, photo_ids: Iterable[UUID], request_key: str, *, account_id: UUID | None) -> None:
    """Attach photos to the report of the request `request_key`. Raises InvalidField unless the reporter has uploaded each of
    them (for a visitor: a visitor) and no other report has them. Otherwise anybody could see a photo of another case by its
    id."""
    wanted = set(photo_ids)
    if not wanted:
        return
    mine = Photo.uploaded_by.is_(None) | (Photo.uploaded_by == account_id)
    free = Photo.claimed_by.is_(None) | (Photo.claimed_by == request_key)
    takeable = and_(Photo.id.in_(wanted), Photo.state == STORED, mine, free)
    claimed = session.scalars(update(Photo).where(takeable).values(claimed_by=request_key).returning(Photo.id)).all()
    if len(claimed) < len(wanted):
        raise InvalidField(UNKNOWN_PHOTO, "photo_ids")


def release(session: Session, request_key: str) -> None:
    """Release the photos of a refused report, so that another report can use them."""
    session.execute(update(Photo).where(Photo.claimed_by == request_key).values(claimed_by=None))


def keep(session: Session, request_key: str, *, anonymous: bool) -> None:
    """Attach the photos to the case of the report. For an anonymous report, `uploaded_by` is removed."""
    session.execute(update(Photo).where(Photo.claimed_by == request_key).values(_of_case(anonymous)))


def open_claims(session: Session, before: datetime, limit: int) -> list[OpenClaim]:
    """The oldest claimed photos, uploaded before `before`, whose report has no known result."""
    statement = select(Photo.id, Photo.claimed_by).where(_claim_is_open(), Photo.created_at < before)
    rows = session.execute(statement.order_by(Photo.created_at).limit(limit))
    return [OpenClaim(photo_id, claimed_by) for photo_id, claimed_by in rows if claimed_by is not None]


def settle(session: Session, claims: Iterable[OpenClaim], in_cases: Mapping[UUID, bool]) -> None:
    """Keep the photos that are in a case (`in_cases`: True for an anonymous report) and give up the others. A claim that has
    changed since it was read is skipped."""
    for claim in claims:
        anonymous = in_cases.get(claim.photo_id)
        values = {"state": LEAVING} if anonymous is None else _of_case(anonymous)
        same = and_(Photo.id == claim.photo_id, Photo.claimed_by == claim.claimed_by, _claim_is_open())
        session.execute(update(Photo).where(same).values(values))


def give_up_unclaimed(session: Session, now: datetime) -> None:
    """Give up photos that no report claimed within a day."""
    lapsed = and_(Photo.claimed_by.is_(None), Photo.created_at < now - UNCLAIMED_FOR, Photo.state != LEAVING)
    session.execute(update(Photo).where(lapsed).values(state=LEAVING))


def get(session: Session, photo_id: UUID) -> Photo:
    """A photo, for a reader who may see its case. Raises NotFound."""
    return _shown(session, Photo.id == photo_id)


def get_own(session: Session, photo_id: UUID, *, account_id: UUID) -> Photo:
    """A photo that the account uploaded. Raises NotFound."""
    return _shown(session, and_(Photo.id == photo_id, Photo.uploaded_by == account_id))


def leaving(session: Session, limit: int) -> list[UUID]:
    """Photos whose content must be deleted, oldest first."""
    return list(session.scalars(select(Photo.id).where(Photo.state == LEAVING).order_by(Photo.id).limit(limit)))


def delete_rows(session: Session, photo_ids: Iterable[UUID]) -> None:
    """Delete the rows of photos whose content was deleted."""
    session.execute(delete(Photo).where(Photo.id.in_(set(photo_ids)), Photo.state == LEAVING))


def _claim_is_open() -> ColumnElement[bool]:
    return and_(Photo.claimed_by.is_not(None), ~Photo.in_case, Photo.state == STORED)


def _of_case(anonymous: bool) -> dict[str, Any]:
    return {"in_case": True} | ({"uploaded_by": None} if anonymous else {})


def _shown(session: Session, condition: ColumnElement[bool]) -> Photo:
    if (photo := session.scalar(select(Photo).where(condition, Photo.state == STORED))) is None:
        raise NotFound()
    return photo
