"""What a club puts on: drafted, published, perhaps cancelled."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from chassis.database.engine import Aggregate
from services.events.interface.refusals import AlreadyCancelled, AlreadyOver, NotDraft, SessionInPast
from services.events.models.base import Base, one_of
from services.events.models.club import AUDIENCES, SECTIONS, Club
from services.events.models.club_session import MAX_DURATION, ClubSession

CLUB_EVENT_STATES = ("draft", "published", "cancelled")
MAX_CAPACITY = 10_000

__all__ = ["CLUB_EVENT_STATES", "MAX_CAPACITY", "MAX_DURATION", "ClubEvent"]


class ClubEvent(Aggregate, Base):
    """A club event and its sessions are edited as one. Its version counts what organisers change; seats taken are
    counted on the sessions and change no version here."""

    __tablename__ = "club_event"
    __table_args__ = (
        one_of("state", CLUB_EVENT_STATES, "club_event_state_known"),
        one_of("section", SECTIONS, "club_event_section_known"),
        one_of("audience", AUDIENCES, "club_event_audience_known"),
        Index("club_event_agenda", "community_id", "state", "first_starts_at", "id"),
        Index("club_event_of_club", "club_id", "first_starts_at", "id"),
    )

    club_id: Mapped[UUID] = mapped_column(ForeignKey("club.id"))
    section: Mapped[str]
    title: Mapped[dict[str, Any]]
    description: Mapped[dict[str, Any]]
    location: Mapped[str]
    space_id: Mapped[UUID | None]
    audience: Mapped[str]
    state: Mapped[str]
    organiser_id: Mapped[UUID]
    created_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    cancel_reason: Mapped[str | None]
    first_starts_at: Mapped[datetime]
    """When the earliest session starts: the order of the agenda."""

    club: Mapped[Club] = relationship()
    sessions: Mapped[list[ClubSession]] = relationship(
        back_populates="club_event", cascade="all, delete-orphan", order_by=(ClubSession.starts_at, ClubSession.id)
    )

    @property
    def announced(self) -> bool:
        """Whether the public has seen it: it is published, or was when it was cancelled."""
        return self.published_at is not None

    def schedule(self, sessions: Sequence[ClubSession], now: datetime) -> None:
        """Set the sessions, at least one. Raises SessionInPast."""
        _all_ahead(sessions, now)
        self.sessions = sorted(sessions, key=lambda session: session.starts_at)
        self.first_starts_at = self.sessions[0].starts_at

    def revise(self, changes: dict[str, Any]) -> None:
        """Set fields of a draft (the sessions aside: `schedule`). Raises NotDraft."""
        if self.state != "draft":
            raise NotDraft(state=self.state)
        for name, value in changes.items():
            setattr(self, name, value)
        self.changed()

    def publish(self, now: datetime) -> None:
        """Show it to everybody and open its sessions. Raises NotDraft, or SessionInPast if the draft lay too long."""
        if self.state != "draft":
            raise NotDraft(state=self.state)
        _all_ahead(self.sessions, now)
        self.state = "published"
        self.published_at = now
        for session in self.sessions:
            session.open = True
        self.changed()

    def cancel(self, now: datetime, reason: str) -> None:
        """Close it for good. Raises AlreadyCancelled, or AlreadyOver if the last session has ended."""
        if self.state == "cancelled":
            raise AlreadyCancelled(cancelled_at=self.cancelled_at.isoformat() if self.cancelled_at else None)
        if self.state == "published" and all(session.is_over(now) for session in self.sessions):
            raise AlreadyOver()
        self.state = "cancelled"
        self.cancelled_at = now
        self.cancel_reason = reason
        for session in self.sessions:
            session.open = False
        self.changed()


def _all_ahead(sessions: Sequence[ClubSession], now: datetime) -> None:
    for session in sessions:
        if session.registration_closes_at <= now:  # which is never after its start
            starts_at, closes_at = session.starts_at.isoformat(), session.registration_closes_at.isoformat()
            raise SessionInPast(starts_at=starts_at, registration_closes_at=closes_at)
