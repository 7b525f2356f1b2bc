"""The table of uploaded photos."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, LargeBinary, false, text
from sqlalchemy.orm import Mapped, deferred, mapped_column
from uuid_utils.compat import uuid7

from gateway.database import Base


class Photo(Base):
    """A photo as it may be shown: no metadata, at most 2048 pixels a side. `uploaded_by` is None for a visitor, and
    after an anonymous report. `claimed_by` names the request that would attach it to a case, `in_case` says that a case
    is known to have it: until then nobody knows whether that request had its effect. Unclaimed photos lapse."""

    __tablename__ = "photo"
    __table_args__ = (
        Index("photo_unclaimed", "created_at", postgresql_where=text("claimed_by IS NULL")),
        Index("photo_unanswered", "created_at", postgresql_where=text("claimed_by IS NOT NULL AND NOT in_case")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    community_id: Mapped[str]
    uploaded_by: Mapped[UUID | None]
    claimed_by: Mapped[str | None]
    in_case: Mapped[bool] = mapped_column(server_default=false())
    media_type: Mapped[str]
    width: Mapped[int]
    height: Mapped[int]
    size: Mapped[int]
    created_at: Mapped[datetime]
    content: Mapped[bytes] = deferred(mapped_column(LargeBinary, nullable=False))
