"""The photos of spaces: which, in which order, with which texts. Everybody may see them.

A photo becomes one of a space when the admin who has uploaded it puts it there. From then on it belongs to the space and not to
the admin, so it stays when the admin's account goes. A photo that is taken out is given up, and the upkeep deletes it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import and_, delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from chassis.rpc.call import Call
from chassis.rpc.communities import Communities
from chassis.rpc.refusal import InvalidField, NotFound, VersionMismatch
from chassis.rpc.rules import DUPLICATE, Rule
from gateway.audit import recording
from gateway.photos.models import LEAVING, STORED, Photo, SpaceGallery, SpacePhoto

NOT_YOUR_UPLOAD = Rule(
    "not_your_upload",
    "Upload the photo yourself first; it can be used once.",
    "请先自己上传这张照片；每张照片只能用一次。",
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A photo that a space shall show."""

    photo_id: UUID
    alt_zh: str
    alt_en: str


@dataclass(frozen=True, slots=True)
class Shown:
    """The photos of a space, in their order. Version 0: nobody has put any there yet."""

    version: int
    photos: Sequence[tuple[SpacePhoto, Photo]]


def shown(session: Session, space_id: UUID) -> Shown:
    """The photos of the space, without their content. In one statement, so that they are those of the version."""
    of_space = select(SpaceGallery.version, SpacePhoto, Photo).where(SpaceGallery.space_id == space_id)
    joined = of_space.outerjoin(SpacePhoto, SpacePhoto.space_id == SpaceGallery.space_id).outerjoin(
        Photo, Photo.id == SpacePhoto.photo_id
    )
    rows = session.execute(joined.order_by(SpacePhoto.position)).all()
    photos = [(placed, photo) for _, placed, photo in rows if placed is not None]
    return Shown(rows[0][0] if rows else 0, photos)


def find(session: Session, space_id: UUID, photo_id: UUID) -> Photo:
    """A photo of this space. Raises NotFound, also for every photo that is not one of a space."""
    placed = select(Photo).join(SpacePhoto, SpacePhoto.photo_id == Photo.id)
    of_space = placed.where(SpacePhoto.photo_id == photo_id, SpacePhoto.space_id == space_id, Photo.state == STORED)
    if (photo := session.scalar(of_space)) is None:
        raise NotFound()
    return photo


def put(
    call: Call, *, space_id: UUID, community_id: str, label: str, photos: Sequence[Wanted], expected_version: int | None = None
) -> None:
    """Replace the photos of the space, at most six. `label` names the space in the audit log. Putting what is already so
    changes nothing, whatever the version, so a request can be repeated. Raises VersionMismatch if the photos have changed since
    `expected_version`, InvalidField for a photo that occurs twice, or that is neither in the space nor an unused upload of the
    acting account."""
    gallery = _locked(call.session, space_id, community_id)
    columns = (SpacePhoto.photo_id, SpacePhoto.alt_zh, SpacePhoto.alt_en)
    of_space = select(*columns).where(SpacePhoto.space_id == space_id).order_by(SpacePhoto.position)
    before = [Wanted(photo_id, zh, en) for photo_id, zh, en in call.session.execute(of_space)]
    if before == list(photos):
        return
    if expected_version is not None and expected_version != gallery.version:
        raise VersionMismatch(version=gallery.version)
    _check_distinct(photos)
    _take(call, gallery, photos, had={one.photo_id for one in before})
    call.session.execute(delete(SpacePhoto).where(SpacePhoto.space_id == space_id))
    _place(call.session, space_id, photos)
    _give_up(call.session, {one.photo_id for one in before} - {one.photo_id for one in photos})
    gallery.version += 1
    recording.record(
        call,
        kind="space",
        subject_id=space_id,
        label=label,
        action="changed",
        communities=Communities.only(community_id),
        version=gallery.version,
        before={"photos": _logged(before)},
        after={"photos": _logged(photos)},
    )


def _locked(session: Session, space_id: UUID, community_id: str) -> SpaceGallery:
    """The row of the space, made if it is missing. Changes of one space wait for each other."""
    values = {"space_id": space_id, "community_id": community_id}
    session.execute(insert(SpaceGallery).values(values).on_conflict_do_nothing())
    return session.get_one(SpaceGallery, space_id, with_for_update=True, populate_existing=True)


def _check_distinct(photos: Sequence[Wanted]) -> None:
    seen: set[UUID] = set()
    for number, one in enumerate(photos):
        if one.photo_id in seen:
            raise InvalidField(DUPLICATE, f"photos.{number}.id")
        seen.add(one.photo_id)


def _take(call: Call, gallery: SpaceGallery, photos: Sequence[Wanted], *, had: set[UUID]) -> None:
    """Claim the new photos for the space. A report of a case that wants the same upload gets it, or this space, never both."""
    account_id = UUID(call.acting.signed_in())
    new = {one.photo_id for one in photos} - had
    own = and_(Photo.id.in_(new), Photo.uploaded_by == account_id, Photo.claimed_by.is_(None), Photo.state == STORED)
    of_space = {"claimed_by": f"space {gallery.space_id}", "in_case": True, "uploaded_by": None}
    place = {"community_id": gallery.community_id}
    taken = set(call.session.scalars(update(Photo).where(own).values(of_space | place).returning(Photo.id)))
    for number, one in enumerate(photos):
        if one.photo_id in new - taken:
            raise InvalidField(NOT_YOUR_UPLOAD, f"photos.{number}.id")


def _place(session: Session, space_id: UUID, photos: Sequence[Wanted]) -> None:
    for position, one in enumerate(photos, 1):
        session.add(
            SpacePhoto(photo_id=one.photo_id, space_id=space_id, position=position, alt_zh=one.alt_zh, alt_en=one.alt_en)
        )
    session.flush()


def _give_up(session: Session, photo_ids: set[UUID]) -> None:
    session.execute(update(Photo).where(Photo.id.in_(photo_ids)).values(state=LEAVING))


def _logged(photos: Sequence[Wanted]) -> list[dict[str, object]]:
    return [{"id": str(one.photo_id), "name": {"zh-CN": one.alt_zh, "en": one.alt_en}} for one in photos]
