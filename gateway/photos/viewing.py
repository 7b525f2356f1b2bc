"""Photos with their content, for readers who may see them."""

from uuid import UUID

from sqlalchemy import Engine

from chassis.database.engine import reading
from chassis.observability import telemetry
from chassis.rpc.refusal import NotFound
from gateway.photos import galleries, storage
from gateway.photos.models import Photo
from gateway.photos.store import PhotoStore

log = telemetry.get_logger(__name__)


def view_own(database: Engine, store: PhotoStore, photo_id: UUID, *, account_id: UUID) -> tuple[Photo, bytes]:
    """A photo that the account uploaded. Raises NotFound, PhotosUnavailable."""
    with reading(database) as session:
        photo = storage.get_own(session, photo_id, account_id=account_id)
    return photo, _content(store, photo_id)


def view(database: Engine, store: PhotoStore, photo_id: UUID) -> tuple[Photo, bytes]:
    """A photo, for a reader who may see its case. Raises NotFound, PhotosUnavailable."""
    with reading(database) as session:
        photo = storage.get(session, photo_id)
    return photo, _content(store, photo_id)


def view_of_space(database: Engine, store: PhotoStore, space_id: UUID, photo_id: UUID) -> tuple[Photo, bytes]:
    """A photo of a space, for everybody. Raises NotFound for any other photo, PhotosUnavailable."""
    with reading(database) as session:
        photo = galleries.find(session, space_id, photo_id)
    return photo, _content(store, photo_id)


def _content(store: PhotoStore, photo_id: UUID) -> bytes:
    if (content := store.get(photo_id)) is None:
        # Somebody deleted it in the store, or LINLI_PHOTO_STORE was changed and the content was not moved.
        log.error("content of a photo is missing", photo=str(photo_id))
        raise NotFound()
    return content
