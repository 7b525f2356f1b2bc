"""The tables, as SQLAlchemy's documentation declares them."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import DateTime, ForeignKey
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase as Declarative
from sqlalchemy.orm import Mapped, mapped_column


class DeclarativeBase(Declarative):
    type_annotation_map = {datetime: DateTime(timezone=True), dict[str, Any]: JSONB, list[Any]: JSONB}  # noqa: RUF012


class Space(DeclarativeBase):
    __tablename__ = "space"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    code: Mapped[str]
    kind: Mapped[str]
    section: Mapped[str]
    name: Mapped[dict[str, Any]]
    description: Mapped[dict[str, Any] | None]
    capacity: Mapped[int]
    location: Mapped[dict[str, Any] | None]
    equipment: Mapped[list[Any]]
    opening_hours: Mapped[list[Any]]


class Booking(DeclarativeBase):
    __tablename__ = "booking"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    space_id: Mapped[UUID] = mapped_column(ForeignKey("space.id"))
    resident_id: Mapped[UUID]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    attendees: Mapped[int]
    purpose: Mapped[str | None]


class ClubEvent(DeclarativeBase):
    __tablename__ = "club_event"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    section: Mapped[str]
    title: Mapped[dict[str, Any]]
    description: Mapped[dict[str, Any]]
    location: Mapped[str]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    capacity: Mapped[int]
    taken: Mapped[int]
