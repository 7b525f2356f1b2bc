"""Attempts that were refused, and what had the time."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from chassis.database.checks import one_of
from chassis.rpc.identity import Identity
from services.booking.access import DESK, serves
from services.booking.base import Base
from services.booking.interface.explanations import ATTEMPTS
from services.booking.spaces.models import Space


@dataclass(frozen=True, slots=True)
class InTheWay:
    """What had a space. `kind` is of HOLDER_KINDS. Times are aware; those of a booking are without turnover. `since` is when a
    booking got this time, `number` that of a booking, for staff."""

    kind: str
    space_id: UUID
    space_name: dict[str, str]
    starts_at: datetime
    ends_at: datetime
    since: datetime | None
    number: str | None

    def to_json(self) -> dict[str, Any]:
        times = {name: getattr(self, name).isoformat() for name in ("starts_at", "ends_at")}
        since = self.since.isoformat() if self.since is not None else None
        about = {"kind": self.kind, "space_id": str(self.space_id), "space_name": self.space_name, "number": self.number}
        return about | times | {"since": since}

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> "InTheWay":
        times = {name: datetime.fromisoformat(stored[name]) for name in ("starts_at", "ends_at")}
        since = datetime.fromisoformat(stored["since"]) if stored["since"] is not None else None
        return cls(**(stored | {"space_id": UUID(stored["space_id"]), "since": since} | times))

    def shown_to(self, acting: Identity, community_id: str) -> "InTheWay":
        """It as the caller may see it: only the desk of the community sees which booking it is."""
        return self if serves(acting, community_id, DESK) else replace(self, number=None)


class RefusedAttempt(Base):
    """An attempt to book or to move that was refused at `at`, as it was decided then. Rows are only added, and deleted when
    they are old; a merge of accounts changes `resident_id`, the erasure of an account deletes its rows. `asked_by` is the
    account that tried it, null for another system. `code`, `sentence` ({"zh-CN", "en"}) and `details` are what was answered.
    `had_the_time` lists what had the time, as InTheWay.to_json."""

    __tablename__ = "refused_attempt"

    id: Mapped[UUID] = mapped_column(primary_key=True)  # a uuid7, so that rows sort by time
    community_id: Mapped[str]
    at: Mapped[datetime]
    attempt: Mapped[str]
    space_id: Mapped[UUID] = mapped_column(ForeignKey("space.id"))
    booking_id: Mapped[UUID | None]
    resident_id: Mapped[UUID]
    asked_by: Mapped[UUID | None]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    attendees: Mapped[int]
    code: Mapped[str]
    sentence: Mapped[dict[str, Any]] = mapped_column(JSONB)
    details: Mapped[dict[str, Any]] = mapped_column(JSONB)
    had_the_time: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)

    space: Mapped[Space] = relationship(lazy="raise")

    __table_args__ = (
        one_of("attempt", ATTEMPTS, "refused_attempt_attempt"),
        Index("refused_attempt_of_resident", "resident_id", "id"),
        Index("refused_attempt_of_community", "community_id", "id"),
        Index("refused_attempt_of_space", "space_id", "id"),
        Index("refused_attempt_by_time", "at"),
    )

    @property
    def by_another(self) -> bool:
        """Whether a parent, staff or another system tried it for the resident."""
        return self.asked_by != self.resident_id

    def is_seen_by(self, acting: Identity) -> bool:
        """Whether it is the caller's own or of a child of theirs, or the caller works at the desk of its community."""
        return acting.speaks_for(self.resident_id) or serves(acting, self.community_id, DESK)

    def shown_in_the_way(self, acting: Identity, now: datetime) -> list[InTheWay]:
        """What had the time: the field `in_the_way` of answers."""
        return [InTheWay.from_json(one).shown_to(acting, self.community_id) for one in self.had_the_time]
