"""Deletes photos: first their content, then their rows. After a kill in between, the next round finishes the work."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Engine

from chassis.database.engine import reading, transaction
from gateway.photos import storage
from gateway.photos.store import PhotoStore

_BATCH = 100


def remove_leaving(database: Engine, store: PhotoStore) -> bool:
    """Delete up to 100 photos that were given up. Returns True if there may be more. Raises PhotosUnavailable; a later round
    then deletes the rest."""
    with reading(database) as session:
        photo_ids = storage.leaving(session, _BATCH)
    if photo_ids:
        remove(database, store, photo_ids)
    return len(photo_ids) == _BATCH


def remove(database: Engine, store: PhotoStore, photo_ids: Sequence[UUID]) -> None:
    """Delete photos that were given up. Raises PhotosUnavailable."""
    for photo_id in photo_ids:
        store.delete(photo_id)
    with transaction(database) as session:
        storage.delete_rows(session, photo_ids)
