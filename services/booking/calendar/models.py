"""Tables of the calendar: time zones, statutory days, exceptions for single days, and the revision of all of a community."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from services.booking.base import Base

EVERYWHERE = "*"


class Community(Base):
    """The copy of a community of the directory. `time_zone` is an IANA name. `version` is the directory's, and 0 for a row that
    no message brought. A community without a copy has the default time zone of the installation. `sub_district_id` is null if
    it has none, or if the copy is older than this column (`linli directory announce` fills it)."""

    __tablename__ = "community"

    id: Mapped[str] = mapped_column(primary_key=True)
    time_zone: Mapped[str]
    sub_district_id: Mapped[str | None]
    version: Mapped[int] = mapped_column(server_default=text("0"))


class CalendarDay(Base):
    """A statutory holiday (`kind` holiday), or a weekend day that is worked instead (调休, `kind` workday). A worked day has
    the opening hours of `weekday` (1 is Monday, 7 is Sunday). `community_id` "*" means the whole country. A community's own
    row overrides it. `source` is where the data comes from."""

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
    """Different hours of a space for one local day. An empty list means closed. It holds for the parts of the space too, but a
    part's own exception overrides it. A divisible space is open only while all its parts are open."""

    __tablename__ = "space_exception"

    space_id: Mapped[UUID] = mapped_column(ForeignKey("space.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    community_id: Mapped[str]
    hours: Mapped[list[Any]]
    note: Mapped[dict[str, Any] | None]


class CalendarRevision(Base):
    """One row for each community that has a space. Triggers set a new `revision` after each change of one of its spaces, of a
    row of it (or of the whole country) in any other table of this file, or of which communities are in its sub-district. What
    was computed from them is valid as long as the revision is the same."""

    __tablename__ = "calendar_revision"

    community_id: Mapped[str] = mapped_column(primary_key=True)
    revision: Mapped[UUID] = mapped_column(server_default=text("gen_random_uuid()"))
