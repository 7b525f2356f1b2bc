"""What opening hours are layered with: the community's time zone, statutory days, exceptions of a space; and the revision
of it all."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from services.booking.base import Base

EVERYWHERE = "*"


class Community(Base):
    """A community whose time zone is not the installation's default; `time_zone` is an IANA name."""

    __tablename__ = "community"

    id: Mapped[str] = mapped_column(primary_key=True)
    time_zone: Mapped[str]


class CalendarDay(Base):
    """A statutory holiday, or a weekend day worked instead (调休), which keeps the hours of `weekday` (1 Monday … 7).
    `community_id` is "*" for the whole country; a community's own row for the same day goes before it. `source` says
    where the row is from."""

    __tablename__ = "calendar_day"

    community_id: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    kind: Mapped[str]
    weekday: Mapped[int | None] = mapped_column(SmallInteger)
    name: Mapped[dict[str, Any]]
    source: Mapped[str]

    __table_args__ = (
        CheckConstraint("kind IN ('holiday', 'workday')", name="calendar_day_kind"),
        CheckConstraint("(kind = 'workday') = (weekday IS NOT NULL) AND weekday BETWEEN 1 AND 7", name="calendar_day_weekday"),
    )


class SpaceException(Base):
    """Other hours of a space and its parts on one local day; none: closed. A part's own exception goes before its
    whole's, and the whole is open only when none of its parts is closed."""

    __tablename__ = "space_exception"

    space_id: Mapped[UUID] = mapped_column(ForeignKey("space.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    community_id: Mapped[str]
    hours: Mapped[list[Any]]
    note: Mapped[dict[str, Any] | None]


class CalendarRevision(Base):
    """One row, whose `revision` is new after each change of a space or of anything else in this file, whoever makes it
    (triggers). What was computed from them holds as long as it stays the same."""

    __tablename__ = "calendar_revision"

    single: Mapped[bool] = mapped_column(primary_key=True, server_default=text("true"))
    revision: Mapped[UUID] = mapped_column(server_default=text("gen_random_uuid()"))

    __table_args__ = (CheckConstraint("single", name="calendar_revision_single"),)
