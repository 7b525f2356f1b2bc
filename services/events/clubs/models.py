"""Clubs and memberships."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from chassis.database.checks import one_of
from chassis.database.engine import Aggregate
from services.events.base import Base
from services.events.interface.clubs import KINDS, SECTIONS


class Club(Aggregate, Base):
    """A club of the centre. `name` and `description` are {"zh-CN", "en"}. Joining and leaving change `members_count`, but
    not the version: otherwise an organiser's version would be outdated whenever a resident joins."""

    __tablename__ = "club"
    __table_args__ = (
        UniqueConstraint("community_id", "code", name="club_code_key"),
        one_of("section", SECTIONS, "club_section_known"),
        one_of("kind", KINDS, "club_kind_known"),
        CheckConstraint("members_count >= 0", name="club_members_count_positive"),
    )

    code: Mapped[str]
    name: Mapped[dict[str, Any]]
    description: Mapped[dict[str, Any]]
    section: Mapped[str]
    kind: Mapped[str]
    members_count: Mapped[int] = mapped_column(server_default="0")

    joined: bool = False
    """Whether the caller is a member. Not a column: storage.mark_joined sets it."""


class Membership(Aggregate, Base):
    """One resident in one club. The row stays when the resident leaves and is used again when they return, so that all
    messages about it have one order. `left_at` is None for a member."""

    __tablename__ = "membership"
    __table_args__ = (
        UniqueConstraint("club_id", "resident_id", name="membership_resident_key"),
        Index("membership_of_resident", "resident_id", "club_id", postgresql_where=text("left_at IS NULL")),
    )

    club_id: Mapped[UUID] = mapped_column(ForeignKey("club.id"))
    resident_id: Mapped[UUID]
    joined_at: Mapped[datetime]
    left_at: Mapped[datetime | None]

    club: Mapped[Club] = relationship(lazy="raise")

    @property
    def club_name(self) -> dict[str, Any]:
        return self.club.name
