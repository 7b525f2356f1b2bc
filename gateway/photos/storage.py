"""Rows of photos: whose they are, which report took them, and whether their content is stored."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, select, update
from sqlalchemy.orm import Session

from chassis.rpc.refusal import InvalidField, NotFound
from chassis.rpc.rules import Rule
from gateway.photos.images import Prepared
from gateway.photos.models import LEAVING, PENDING, STORED, Photo

UNKNOWN_PHOTO = Rule(
    "unknown_photo", "Upload the photo first; it can be used in one report.", "请先上传照片；每张照片只能用于一次上报。"
)
UNCLAIMED_FOR = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class OpenClaim:
    """A photo that the request `claimed_by` took, whose outcome is unknown."""

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
    """The content is stored: the photo may be shown and reported from now on. Raises NotFound if it has been given up
    meanwhile."""
    pending = update(Photo).where(Photo.id == photo_id, Photo.state == PENDING)
    if session.scalar(pending.values(state=STORED).returning(Photo.id)) is None:
        raise NotFound()


def give_up_pending(session: Session, photo_id: UUID) -> bool:
    """The upload came to nothing: give the photo up and return True. A photo that is stored stays."""
    pending = update(Photo).where(Photo.id == photo_id, Photo.state == PENDING)
    return session.scalar(pending.values(state=LEAVING).returning(Photo.id)) is not None


def claim(session: Session, photo_ids: Iterable[UUID], request_key: str, *, account_id: UUID | None) -> None:
    """Attach photos to the report that the request `request_key` makes. Raises Invalid unless each was uploaded by the
    reporter (by a visitor, for a visitor) and belongs to no other report: a photo id must not be a way to see a photo of
    somebody else's case."""
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
    """The report was refused: its photos may be used in another one."""
    session.execute(update(Photo).where(Photo.claimed_by == request_key).values(claimed_by=None))


def keep(session: Session, request_key: str, *, anonymous: bool) -> None:
    """The report became a case, which has its photos. After an anonymous report nobody knows any more who uploaded them."""
    session.execute(update(Photo).where(Photo.claimed_by == request_key).values(_of_case(anonymous)))


def open_claims(session: Session, before: datetime, limit: int) -> list[OpenClaim]:
    """The oldest photos from `before` that a report took, where nobody heard what became of the report."""
    statement = select(Photo.id, Photo.claimed_by).where(_claim_is_open(), Photo.created_at < before)
    rows = session.execute(statement.order_by(Photo.created_at).limit(limit))
    return [OpenClaim(photo_id, claimed_by) for photo_id, claimed_by in rows if claimed_by is not None]


def settle(session: Session, claims: Iterable[OpenClaim], in_cases: Mapping[UUID, bool]) -> None:
    """Keep the photos that are in a case (`in_cases`: True for an anonymous report) and give up the others. A claim that
    has changed since it was read is left alone."""
    for claim in claims:
        anonymous = in_cases.get(claim.photo_id)
        values = {"state": LEAVING} if anonymous is None else _of_case(anonymous)
        same = and_(Photo.id == claim.photo_id, Photo.claimed_by == claim.claimed_by, _claim_is_open())
        session.execute(update(Photo).where(same).values(values))


def give_up_unclaimed(session: Session, now: datetime) -> None:
    """Give up photos that no report took within a day."""
    lapsed = and_(Photo.claimed_by.is_(None), Photo.created_at < now - UNCLAIMED_FOR, Photo.state != LEAVING)
    session.execute(update(Photo).where(lapsed).values(state=LEAVING))


def get(session: Session, photo_id: UUID) -> Photo:
    """A photo for somebody who may see its case. Raises NotFound."""
    return _shown(session, Photo.id == photo_id)


def get_own(session: Session, photo_id: UUID, *, account_id: UUID) -> Photo:
    """A photo that the account uploaded. Raises NotFound."""
    return _shown(session, and_(Photo.id == photo_id, Photo.uploaded_by == account_id))


def leaving(session: Session, limit: int) -> list[UUID]:
    """Photos whose content is to be deleted, the oldest first."""
    return list(session.scalars(select(Photo.id).where(Photo.state == LEAVING).order_by(Photo.id).limit(limit)))


def delete_rows(session: Session, photo_ids: Iterable[UUID]) -> None:
    """The content of these photos has been deleted."""
    session.execute(delete(Photo).where(Photo.id.in_(set(photo_ids)), Photo.state == LEAVING))


def _claim_is_open() -> ColumnElement[bool]:
    return and_(Photo.claimed_by.is_not(None), ~Photo.in_case, Photo.state == STORED)


def _of_case(anonymous: bool) -> dict[str, Any]:
    return {"in_case": True} | ({"uploaded_by": None} if anonymous else {})


def _shown(session: Session, condition: ColumnElement[bool]) -> Photo:
    if (photo := session.scalar(select(Photo).where(condition, Photo.state == STORED))) is None:
        raise NotFound()
    return photo
