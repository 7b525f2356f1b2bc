"""Where the content of photos is stored: in the gateway's database, in a folder, or in a bucket.

LINLI_PHOTO_STORE selects the store. Photos that were stored in the database before stay there and are found there.
"""

from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import Engine

from gateway.photos.database_store import DatabaseStore
from gateway.photos.folder_store import FolderStore


class PhotoStore(Protocol):
    """Content by photo id. Each method raises PhotosUnavailable if the store cannot be reached. Do not call them inside a
    database session, because the store may be slow."""

    def put(self, photo_id: UUID, content: bytes) -> None:
        """Store the content. When this returns, it is on disk. Existing content is replaced."""

    def get(self, photo_id: UUID) -> bytes | None:
        """The content. None if there is none."""

    def delete(self, photo_id: UUID) -> None:
        """Delete the content. Without content nothing happens."""

    def exists(self, photo_id: UUID) -> bool:
        """True if there is content."""


class StoreWithOlderPhotos:
    """A store for new photos, and another store with older photos."""

    def __init__(self, store: PhotoStore, older: PhotoStore) -> None:
        self._store, self._older = store, older

    def put(self, photo_id: UUID, content: bytes) -> None:
        self._store.put(photo_id, content)

    def get(self, photo_id: UUID) -> bytes | None:
        content = self._store.get(photo_id)
        return self._older.get(photo_id) if content is None else content

    def delete(self, photo_id: UUID) -> None:
        self._store.delete(photo_id)
        self._older.delete(photo_id)

    def exists(self, photo_id: UUID) -> bool:
        return self._store.exists(photo_id) or self._older.exists(photo_id)


def store_of(address: str, database: Engine) -> PhotoStore:
    """The store of LINLI_PHOTO_STORE. An empty `address` is the database. Raises the errors of `external_store`."""
    in_database = DatabaseStore(database)
    return StoreWithOlderPhotos(external_store(address), in_database) if address else in_database


def external_store(address: str) -> PhotoStore:
    """The store at `file:///folder` or `s3://bucket/prefix`. A missing folder is created. Raises OSError if the folder is not
    writable, ModuleNotFoundError if the extra `s3` is not installed."""
    parts = urlsplit(address)
    if parts.scheme == "file":
        return FolderStore(Path(parts.path))
    from gateway.photos.s3_store import S3Store  # needs the extra `s3`

    return S3Store(parts.netloc, parts.path.strip("/"))
