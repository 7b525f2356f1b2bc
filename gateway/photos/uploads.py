"""Stores an upload in three steps, so that content without a row never exists, also after a kill.

1. `receive` writes the row (pending), then the content.
2. The caller's transaction calls `storage.mark_stored`.
3. If that transaction fails, `discard` gives the photo up. After a kill, the upkeep does this a day later.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Engine

from chassis.database.engine import transaction
from gateway.photos import removal, storage
from gateway.photos.models import Photo
from gateway.photos.prepared import Prepared
from gateway.photos.store import PhotoStore


def receive(
    database: Engine, store: PhotoStore, prepared: Prepared, *, community_id: str, uploaded_by: UUID | None, now: datetime
) -> Photo:
    """A pending photo whose content is stored. Raises PhotosUnavailable."""
    with transaction(database) as session:
        photo = storage.add(session, prepared, community_id=community_id, uploaded_by=uploaded_by, now=now)
    store.put(photo.id, prepared.content)
    return photo


def discard(database: Engine, store: PhotoStore, photo_id: UUID) -> None:
    """Delete a pending photo. A stored photo stays. Raises PhotosUnavailable; the upkeep then deletes the photo."""
    with transaction(database) as session:
        given_up = storage.give_up_pending(session, photo_id)
    if given_up:
        removal.remove(database, store, [photo_id])
