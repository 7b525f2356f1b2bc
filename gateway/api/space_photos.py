"""Photos of spaces: everybody sees them, admins of the community change them."""

from typing import Any
from uuid import UUID

from flask import Response, current_app, request

from gateway.api.access import staff
from gateway.api.answers import expected_version
from gateway.api.documentation import links
from gateway.api.photos import PICTURE
from gateway.api.resource import Resource
from gateway.http.headers import FOR_EVER
from gateway.operations import space_photos as operations
from gateway.photos.interface import PHOTOS_OF_SPACE, PutPhotosOfSpace

space_photos = Resource("space-photos", "场地照片 · Photos of spaces")


@space_photos.get(
    "/spaces/<uuid:space_id>/photos",
    "List the photos of a space",
    answer=PHOTOS_OF_SPACE,
    links=links("photo_id", "getSpacePhoto", value="$response.body#/photos/0/id"),
)
def list_space_photos(space_id: UUID) -> dict[str, Any]:
    return operations.public(space_id)


@space_photos.get(
    "/spaces/<uuid:space_id>/photos/<uuid:photo_id>",
    "See a photo of a space",
    content=PICTURE,
    description="Its content never changes: another picture has another id. So copies may be kept for ever.",
)
def get_space_photo(space_id: UUID, photo_id: UUID) -> Response:
    media_type, content = operations.picture(space_id, photo_id)
    response = current_app.response_class(content, mimetype=media_type)
    response.headers["Cache-Control"] = FOR_EVER
    response.headers["Content-Disposition"] = "inline"
    response.set_etag(photo_id.hex)
    response.make_conditional(request)
    return response


@space_photos.put(
    "/managed-spaces/<uuid:space_id>/photos",
    "Set the photos of a space",
    body=PutPhotosOfSpace(),
    answer=PHOTOS_OF_SPACE,
    needs=staff("admin"),
    versioned=True,
    refuses=(422,),
    description="All photos are replaced: their order is the order on the page, and a photo that is left out is deleted. "
    "Upload new ones first (`POST /photos`). Everybody can see them, also without signing in.",
)
def put_space_photos(body: dict[str, Any], space_id: UUID) -> dict[str, Any]:
    return operations.put(space_id, photos=body["photos"], **expected_version())
