"""The history of the calendar: one row for each change by an admin, written in the transaction of the change."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from chassis.database.checks import one_of
from services.booking.base import Base
from services.booking.interface.changes import SUBJECTS


class CalendarChange(Base):
    """`kind` and `subject_id` say what was changed, `version` is its version after the change. `before` and `after` have the
    fields that differ; `before` is null for something new. They name no resident."""

    __tablename__ = "calendar_change"

    id: Mapped[UUID] = mapped_column(primary_key=True)  # a uuid7, so that rows sort by time
    community_id: Mapped[str]
    at: Mapped[datetime]
    actor_id: Mapped[UUID]
    kind: Mapped[str]
    subject_id: Mapped[str]
    version: Mapped[int]
    action: Mapped[str]
    before: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    after: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))

    __table_args__ = (
        one_of("kind", SUBJECTS, "calendar_change_kind"),
        Index("calendar_change_of_subject", "community_id", "kind", "subject_id", "id"),
        Index("calendar_change_by_time", "community_id", "id"),
    )
