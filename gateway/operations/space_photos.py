"""The photos of spaces: for everybody, and for the admins of the space's community, as booking says."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from chassis.database.engine import reading
from chassis.rpc.communities import Communities
from chassis.rpc.refusal import InvalidField
from chassis.rpc.rules import REQUIRED
from gateway.calls import cache, client, public_reads
from gateway.http import current
from gateway.operations.photos import Picture
from gateway.photos import galleries, viewing
from gateway.photos.interface import PHOTOS_OF_SPACE

Json = dict[str, Any]


def of_space(space: Json) -> Json:
    """The photos of `space`, an answer of booking to a visitor, as JSON. From the cache if possible: another gateway shows a
    change after half a minute at most."""
    about = Communities.only(space["community_id"])
    return public_reads.cached(("photos.of_space", space["id"]), cache.SPACES, about, lambda: _read(space))


def public(space_id: UUID) -> Json:
    """The same, by id. Raises Refused for a space that visitors do not see."""
    return of_space(dict(client.public.booking.get_space(space_id=str(space_id))))


def picture(space_id: UUID, photo_id: UUID) -> Picture:
    """A photo of a space, for everybody. Raises NotFound for any other photo, PhotosUnavailable."""
    photo, content = viewing.view_of_space(current.database(), current.photo_store(), space_id, photo_id)
    return photo.media_type, content


def managed(space: Json) -> Json:
    """The photos of `space`, an answer of booking to its admin, as they are now."""
    return _read(space)


def put(space_id: UUID, *, photos: Sequence[Json], expected_version: int | None = None) -> Json:
    """Replace the photos of a space that the acting account manages. Raises Refused for any other space, InvalidField for a
    text in one language only, and what gateway.photos.galleries.put raises."""
    space = client.booking.get_managed_space(space_id=str(space_id))
    wanted = [_wanted(number, one) for number, one in enumerate(photos)]
    with current.accounts().transaction() as call:
        galleries.put(
            call,
            space_id=space_id,
            community_id=space["community_id"],
            label=space["name"]["zh-CN"],
            photos=wanted,
            expected_version=expected_version,
        )
        answer = _answer(call.session, dict(space))
    cache.of_app().clear((cache.SPACES,), space["community_id"])
    return answer


def _wanted(number: int, photo: Json) -> galleries.Wanted:
    alt = photo["alt"]
    for language in ("zh-CN", "en"):
        if not (alt.get(language) or "").strip():
            raise InvalidField(REQUIRED, f"photos.{number}.alt.{language}")
    return galleries.Wanted(UUID(str(photo["id"])), alt["zh-CN"].strip(), alt["en"].strip())


def _read(space: Json) -> Json:
    with reading(current.database()) as session:
        return _answer(session, space)


def _answer(session: Session, space: Json) -> Json:
    found = galleries.shown(session, UUID(str(space["id"])))
    photos = [
        {
            "id": placed.photo_id,
            "alt": placed.alt,
            "media_type": photo.media_type,
            "width": photo.width,
            "height": photo.height,
        }
        for placed, photo in found.photos
    ]
    about = {"space_id": space["id"], "community_id": space["community_id"], "version": found.version}
    answer: Json = PHOTOS_OF_SPACE.dump(about | {"photos": photos})
    return answer
