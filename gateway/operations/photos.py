"""Uploading and viewing photos."""

import hashlib
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from chassis.database.engine import transaction
from chassis.rpc.refusal import NotFound, Refusal
from gateway.calls import client
from gateway.http import community, current, idempotency, limits
from gateway.photos import storage, uploads, viewing
from gateway.photos.models import Photo
from gateway.photos.preparation import prepare
from gateway.photos.prepared import Prepared

Picture = tuple[str, bytes]  # media type and content


def keep_upload(content: bytes) -> dict[str, Any]:
    """Store an uploaded photo, once per Idempotency-Key. Returns it as JSON, with the position of the camera. Raises
    InvalidField if it is not a photo, PhotosUnavailable."""
    # The boundary of a multipart body changes when the request is repeated. The file does not.
    idempotency.fingerprint_content(hashlib.sha256(content).digest())
    photo, prepared = _receive(content)

    def accept(session: Session) -> dict[str, Any]:
        storage.mark_stored(session, photo.id)
        return _answer(photo, prepared.position)

    try:
        answer = idempotency.once(accept)
    except Refusal:
        uploads.discard(current.database(), current.photo_store(), photo.id)
        raise
    if answer["id"] != str(photo.id):  # the answer of the first request with this key
        uploads.discard(current.database(), current.photo_store(), photo.id)
    return answer


def keep_form_photo(content: bytes, community_id: str | None = None) -> str:
    """Store a photo from a form of the pages and return its id. `community_id` is that of the thing that it is for, if it is
    for one. Raises Throttled, InvalidField if it is not a photo,
    PhotosUnavailable."""
    limits.spend(limits.UPLOADS)
    photo, _ = _receive(content, community_id)
    with transaction(current.database()) as session:
        storage.mark_stored(session, photo.id)
    return str(photo.id)


def see_own(photo_id: UUID) -> Picture:
    """A photo that the acting account uploaded. Raises Unauthenticated, NotFound, PhotosUnavailable."""
    account_id = UUID(current.identity().signed_in())
    photo, content = viewing.view_own(current.database(), current.photo_store(), photo_id, account_id=account_id)
    return photo.media_type, content


def see_in_case(case_id: UUID, photo_id: UUID) -> Picture:
    """A photo of a case that the acting account may see. Raises NotFound, PhotosUnavailable."""
    case = client.cases.get_case(case_id=case_id)
    if str(photo_id) not in case["photo_ids"]:
        raise NotFound()
    photo, content = viewing.view(current.database(), current.photo_store(), photo_id)
    return photo.media_type, content


def _receive(content: bytes, community_id: str | None = None) -> tuple[Photo, Prepared]:
    prepared = prepare(content)
    identity = current.identity()
    photo = uploads.receive(
        current.database(),
        current.photo_store(),
        prepared,
        community_id=community_id or identity.community_id or community.require_one(),
        uploaded_by=UUID(identity.account_id) if identity.account_id else None,
        now=current.now(),
    )
    return photo, prepared


def _answer(photo: Photo, position: tuple[float, float] | None) -> dict[str, Any]:
    hint = {"lat": position[0], "lon": position[1], "datum": "wgs84"} if position else None
    return {
        "id": str(photo.id),
        "media_type": photo.media_type,
        "width": photo.width,
        "height": photo.height,
        "size": photo.size,
        "created_at": photo.created_at.isoformat(),
        "location_hint": hint,
    }
