"""Clubs and who belongs to them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from chassis.database.engine import Aggregate
from services.events.models.base import Base, one_of

SECTIONS = ("convenience", "neighbour", "smart", "elders")
CLUB_KINDS = ("sports", "culture", "volunteer", "learning")
AUDIENCES = ("everyone", "elders", "children", "families", "women", "volunteers")


class Club(Aggregate, Base):
    """A club of the centre. `members_count` is kept by joining and leaving; like a session's counters it does not
    count as a change of the club, so that an editor's version stays good while residents come and go."""

    __tablename__ = "club"
    __table_args__ = (
        UniqueConstraint("community_id", "code", name="club_code_key"),
        one_of("section", SECTIONS, "club_section_known"),
        one_of("kind", CLUB_KINDS, "club_kind_known"),
        CheckConstraint("members_count >= 0", name="club_members_count_positive"),
    )

    code: Mapped[str]
    name: Mapped[dict[str, Any]]
    description: Mapped[dict[str, Any]]
    section: Mapped[str]
    kind: Mapped[str]
    members_count: Mapped[int] = mapped_column(server_default="0")

    joined: bool = False
    """Whether the caller belongs to it; filled in by storage, not stored here."""


class Membership(Aggregate, Base):
    """One resident in one club; the row stays when the resident leaves, and serves again on return."""

    __tablename__ = "membership"
    __table_args__ = (
        UniqueConstraint("club_id", "resident_id", name="membership_resident_key"),
        Index("membership_of_resident", "resident_id", "club_id", postgresql_where=text("left_at IS NULL")),
    )

    club_id: Mapped[UUID] = mapped_column(ForeignKey("club.id"))
    resident_id: Mapped[UUID]
    joined_at: Mapped[datetime]
    left_at: Mapped[datetime | None]
