"""The tables of uploaded photos, and of those that spaces show."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, deferred, mapped_column
from uuid_utils.compat import uuid7

from gateway.database import Base

PENDING, STORED, LEAVING = "pending", "stored", "leaving"
MOST_OF_SPACE = 6


class Photo(Base):
    """A prepared photo: no metadata, at most 2048 pixels per side.

    `state` is the state of the content, which may be in another system: `pending` until it is stored, `leaving` while it is
    being deleted. Only `stored` photos can be shown, or claimed by a report.

    `uploaded_by` is None for a visitor, and after an anonymous report. `claimed_by` is the key of the request that attaches the
    photo to a case, or names the space that shows it. `in_case` is True if a case is known to have the photo, or a space has
    it; such a photo stays. Until then the result of that request is unknown. Photos without a claim are deleted after a day.

    `content` is empty if the content is stored elsewhere (gateway.photos.store).
    """

    __tablename__ = "photo"
    __table_args__ = (
        Index("photo_unclaimed", "created_at", postgresql_where=text("claimed_by IS NULL")),
        Index("photo_unanswered", "created_at", postgresql_where=text("claimed_by IS NOT NULL AND NOT in_case")),
        Index("photo_uploaded_by", "uploaded_by", postgresql_where=text("uploaded_by IS NOT NULL")),
        Index("photo_leaving", "id", postgresql_where=text("state = 'leaving'")),
        CheckConstraint("state IN ('pending', 'stored', 'leaving')", name="photo_state_check"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    community_id: Mapped[str]
    uploaded_by: Mapped[UUID | None]
    claimed_by: Mapped[str | None]
    in_case: Mapped[bool] = mapped_column(server_default=false())
    state: Mapped[str] = mapped_column(server_default=text(f"'{STORED}'"))
    media_type: Mapped[str]
    width: Mapped[int]
    height: Mapped[int]
    size: Mapped[int]
    created_at: Mapped[datetime]
    content: Mapped[bytes | None] = deferred(mapped_column(LargeBinary))


class SpaceGallery(Base):
    """The photos of one space as a whole. `version` counts their changes, so that an admin notices what another has changed."""

    __tablename__ = "space_gallery"

    space_id: Mapped[UUID] = mapped_column(primary_key=True)
    community_id: Mapped[str]
    version: Mapped[int] = mapped_column(server_default=text("0"))


class SpacePhoto(Base):
    """A photo that everybody sees on the page of a space. Photos of cases have no such row. `position` is 1 for the first
    photo. `alt_zh` and `alt_en` say what is in the picture, for people who cannot see it."""

    __tablename__ = "space_photo"
    __table_args__ = (
        UniqueConstraint("space_id", "position", name="space_photo_position"),
        CheckConstraint(f"position BETWEEN 1 AND {MOST_OF_SPACE}", name="space_photo_position_check"),
        CheckConstraint("alt_zh <> '' AND alt_en <> ''", name="space_photo_alt_check"),
    )

    # The key refuses to delete the row of a photo that a space shows.
    photo_id: Mapped[UUID] = mapped_column(ForeignKey("photo.id"), primary_key=True)
    space_id: Mapped[UUID] = mapped_column(ForeignKey("space_gallery.space_id"))
    position: Mapped[int]
    alt_zh: Mapped[str]
    alt_en: Mapped[str]

    @property
    def alt(self) -> dict[str, str]:
        return {"zh-CN": self.alt_zh, "en": self.alt_en}
