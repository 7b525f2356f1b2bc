"""Where the content of photos is stored: in the gateway's database, in a folder, or in a bucket.

LINLI_PHOTO_STORE chooses. Photos that were stored in the database before another store was chosen stay there, and are found
there.
"""

from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import Engine

from gateway.photos.database_store import DatabaseStore
from gateway.photos.folder_store import FolderStore


class PhotoStore(Protocol):
    """Content by photo id. Each method raises PhotosUnavailable if the store cannot be reached. None may be called inside a
    database session, because the store may be slow."""

    def put(self, photo_id: UUID, content: bytes) -> None:
        """Store the content; when this returns, it is on disk. Content that is there already is replaced."""

    def get(self, photo_id: UUID) -> bytes | None:
        """The content; None if there is none."""

    def delete(self, photo_id: UUID) -> None:
        """Delete the content; does nothing if there is none."""

    def exists(self, photo_id: UUID) -> bool:
        """Whether there is content."""


class StoreWithOlderPhotos:
    """A store whose older photos are in another one."""

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
    """The store that LINLI_PHOTO_STORE names; nothing names the database. Raises what `external_store` raises."""
    in_database = DatabaseStore(database)
    return StoreWithOlderPhotos(external_store(address), in_database) if address else in_database


def external_store(address: str) -> PhotoStore:
    """The store at `file:///folder` or `s3://bucket/prefix`. A folder is made if it is not there. Raises OSError for a folder
    that cannot be written, ModuleNotFoundError where the extra `s3` is not installed."""
    parts = urlsplit(address)
    if parts.scheme == "file":
        return FolderStore(Path(parts.path))
    from gateway.photos.s3_store import S3Store  # needs the extra `s3`

    return S3Store(parts.netloc, parts.path.strip("/"))
