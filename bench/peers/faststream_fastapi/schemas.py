"""The schemas of requests, replies and messages."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict


class BookSpace(BaseModel):
    space_id: UUID
    resident_id: UUID
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    attendees: int = 1
    purpose: str | None = None


class Booked(BookSpace):
    model_config = ConfigDict(from_attributes=True)

    id: UUID


class Outcome(BaseModel):
    """A booking, or None if the space is taken at that time."""

    booking: Booked | None


class SpaceOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    code: str
    kind: str
    section: str
    name: dict[str, Any]
    description: dict[str, Any] | None
    capacity: int
    location: dict[str, Any] | None
    equipment: list[Any]
    opening_hours: list[Any]


class Spaces(BaseModel):
    items: list[SpaceOut]


class ClubEventOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    section: str
    title: dict[str, Any]
    description: dict[str, Any]
    location: str
    starts_at: datetime
    ends_at: datetime
    capacity: int
    taken: int


class ClubEvents(BaseModel):
    items: list[ClubEventOut]


class Limit(BaseModel):
    limit: int = 20


class Between(Limit):
    start: AwareDatetime
    end: AwareDatetime
