"""Uploads of photos, and photos of cases."""

from uuid import UUID

from flask import Response, current_app, request
from marshmallow import fields
from werkzeug.exceptions import UnsupportedMediaType

from chassis.rpc.interface import Answer as AnswerFields
from chassis.rpc.interface import identifier, moment, number, word
from chassis.rpc.refusal import InvalidField
from chassis.rpc.rules import REQUIRED
from gateway.api.access import MAYBE_SIGNED_IN, SIGNED_IN
from gateway.api.documentation import links
from gateway.api.resource import Answer, Resource, created
from gateway.http import limits
from gateway.operations import photos as operations

photos = Resource("photos", "照片 · Uploads, and photos of cases")
FIELD = "photo"


class Hint(AnswerFields):
    lat = fields.Float(required=True, metadata={"example": 33.6178})
    lon = fields.Float(required=True, metadata={"example": 114.6496})
    datum = word(("wgs84",))


class PhotoAnswer(AnswerFields):
    id = identifier()
    media_type = word(("image/jpeg", "image/webp"))
    width = number(2048)
    height = number(1536)
    size = number(482_113, description="bytes")
    created_at = moment()
    location_hint = fields.Nested(
        Hint, allow_none=True, metadata={"description": "where the camera was; only in this answer, not stored with the photo"}
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
PICTURE = {kind: {"schema": {"type": "string", "contentMediaType": kind}} for kind in ("image/jpeg", "image/webp")}


@photos.post(
    "/photos",
    "Upload a photo",
    request_content=_UPLOAD,
    answer=PhotoAnswer(),
    needs=MAYBE_SIGNED_IN.or_system("cases:write"),
    of_community=True,
    refuses=(429,),
    description="The type is detected from the content. The photo is turned upright, reduced to 2048 pixels and encoded again, "
    "without metadata. Send its id in a report within a day, or put it among the photos of a space.",
    links=links("photo_id", "getPhoto"),
)
def upload_photo() -> Answer:
    return created(operations.keep_upload(_uploaded()), "/photos")


def _uploaded() -> bytes:
    """The file of the request's field `photo`. Raises UnsupportedMediaType, Throttled, Invalid."""
    if request.mimetype != "multipart/form-data":
        raise UnsupportedMediaType()
    limits.spend(limits.UPLOADS)
    upload = request.files.get(FIELD)
    if upload is None or set(request.files) | set(request.form) != {FIELD} or len(request.files.getlist(FIELD)) > 1:
        raise InvalidField(REQUIRED, FIELD)
    content: bytes = upload.read()
    return content


@photos.get("/photos/<uuid:photo_id>", "See a photo that you uploaded", content=PICTURE, needs=SIGNED_IN)
def get_photo(photo_id: UUID) -> Response:
    return _picture(operations.see_own(photo_id))


@photos.get(
    "/cases/<uuid:case_id>/photos/<uuid:photo_id>", "See a photo of a case that you may see", content=PICTURE, needs=SIGNED_IN
)
def get_case_photo(case_id: UUID, photo_id: UUID) -> Response:
    return _picture(operations.see_in_case(case_id, photo_id))


def _picture(picture: operations.Picture) -> Response:
    media_type, content = picture
    response = current_app.response_class(content, mimetype=media_type)
    response.headers["Cache-Control"] = "private, max-age=3600"
    response.headers["Content-Disposition"] = "inline"
    return response
