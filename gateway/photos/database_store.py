"""Photos in the gateway's database, in the row that describes them."""

from uuid import UUID

from sqlalchemy import Engine, exists, select, update

from chassis.database.engine import expect_no_open_session, reading, transaction
from gateway.photos.models import Photo


class DatabaseStore:
    """A PhotoStore. All gateways share it, and a backup of the database contains the photos."""

    def __init__(self, database: Engine) -> None:
        self._database = database

    def put(self, photo_id: UUID, content: bytes) -> None:
        self._set(photo_id, content)

    def get(self, photo_id: UUID) -> bytes | None:
        expect_no_open_session("reading a photo")
        with reading(self._database) as session:
            return session.scalar(select(Photo.content).where(Photo.id == photo_id))

    def delete(self, photo_id: UUID) -> None:
        self._set(photo_id, None)

    def exists(self, photo_id: UUID) -> bool:
        expect_no_open_session("looking for a photo")
        with reading(self._database) as session:
            return bool(session.scalar(select(exists().where(Photo.id == photo_id, Photo.content.is_not(None)))))

    def _set(self, photo_id: UUID, content: bytes | None) -> None:
        expect_no_open_session("writing a photo")
        with transaction(self._database) as session:
            session.execute(update(Photo).where(Photo.id == photo_id).values(content=content))
