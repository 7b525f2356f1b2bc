"""Photos for reports of cases."""

import hashlib
from typing import Any
from uuid import UUID

from flask import Response, current_app, request
from marshmallow import fields
from werkzeug.exceptions import UnsupportedMediaType

from chassis.database.engine import reading
from chassis.rpc.interface import Answer as AnswerFields
from chassis.rpc.interface import identifier, moment, number, word
from chassis.rpc.refusal import NotFound
from gateway.api.access import MAYBE_SIGNED_IN, SIGNED_IN
from gateway.api.documentation import links
from gateway.api.resource import Answer, Resource, created
from gateway.calls import client
from gateway.http import current, idempotency, limits
from gateway.http.offload import offload
from gateway.photos import images, store
from gateway.photos.models import Photo
from gateway.refusals import invalid

photos = Resource("photos", "照片 · Photos for reports")
FIELD = "photo"


class Hint(AnswerFields):
    lat = fields.Float(required=True, metadata={"example": 33.6178})
    lon = fields.Float(required=True, metadata={"example": 114.6496})
    datum = word("wgs84")


class PhotoAnswer(AnswerFields):
    id = identifier()
    media_type = word("image/jpeg", "image/webp")
    width = number(2048)
    height = number(1536)
    size = number(482_113, description="bytes")
    created_at = moment()
    location_hint = fields.Nested(
        Hint, allow_none=True, metadata={"description": "where the camera was; told once, not kept with the photo"}
    )


_UPLOAD = {
    "multipart/form-data": {
        "schema": {
            "type": "object",
            "required": [FIELD],
            "properties": {FIELD: {"type": "string", "contentMediaType": "image/*", "description": "JPEG, PNG or WebP"}},
        },
        "encoding": {FIELD: {"contentType": "image/jpeg, image/png, image/webp"}},
        "example": {FIELD: "(the file)"},
    }
}
_PICTURE = {kind: {"schema": {"type": "string", "contentMediaType": kind}} for kind in ("image/jpeg", "image/webp")}


@photos.post(
    "/photos",
    "Upload a photo",
    request_content=_UPLOAD,
    answer=PhotoAnswer(),
    needs=MAYBE_SIGNED_IN,
    refuses=(429,),
    description="The photo is recognised by its content, turned upright, shrunk to 2048 pixels, stripped of all metadata "
    "and encoded anew. Name its id in a report within a day.",
    links=links("photo_id", "getPhoto"),
)
def upload_photo() -> Answer:
    return created(keep_upload(), "/photos")


def keep_upload() -> dict[str, Any]:
    """Keep the file of the request's field `photo`; for the API and for the form of the pages. Raises Invalid."""
    if request.mimetype != "multipart/form-data":
        raise UnsupportedMediaType()
    limits.spend(limits.UPLOADS)
    upload = request.files.get(FIELD)
    if upload is None or set(request.files) | set(request.form) != {FIELD} or len(request.files.getlist(FIELD)) > 1:
        raise invalid(FIELD, "required", "exactly one file, named photo")
    content = upload.read()
    # The boundary of a multipart body changes when it is sent again; the file does not.
    idempotency.fingerprint_is(hashlib.sha256(content).digest())
    prepared = offload(images.prepare, content)
    identity = current.identity()
    community = identity.community_id or current.settings().community
    uploader = UUID(identity.account_id) if identity.account_id else None

    def keep(session: Any) -> dict[str, Any]:
        photo = store.add(session, prepared, community_id=community, uploaded_by=uploader, now=current.now())
        return _answer(photo, prepared.position)

    return idempotency.once(keep)


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


@photos.get("/photos/<uuid:photo_id>", "See a photo one uploaded", content=_PICTURE, needs=SIGNED_IN)
def get_photo(photo_id: UUID) -> Response:
    with reading(current.database()) as session:
        return _picture(store.of_uploader(session, photo_id, UUID(current.identity().signed_in())))


@photos.get(
    "/cases/<uuid:case_id>/photos/<uuid:photo_id>", "See a photo of a case one may see", content=_PICTURE, needs=SIGNED_IN
)
def get_case_photo(case_id: UUID, photo_id: UUID) -> Response:
    return photo_of_case(case_id, photo_id)


def photo_of_case(case_id: UUID, photo_id: UUID) -> Response:
    """The photo, if the case is visible to whoever asks and the photo belongs to it. Raises NotFound."""
    case = client.cases.get_case(case_id=case_id)
    if str(photo_id) not in case["photo_ids"]:
        raise NotFound()
    with reading(current.database()) as session:
        return _picture(store.content_of(session, photo_id))


def _picture(photo: Photo) -> Response:
    response = current_app.response_class(photo.content, mimetype=photo.media_type)
    response.headers["Cache-Control"] = "private, max-age=3600"
    response.headers["Content-Disposition"] = "inline"
    return response
