"""What other services ask for, and the times that they hold: tables and rules."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Uuid
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship

from chassis.database.checks import one_of
from chassis.database.engine import Aggregate
from chassis.rpc.refusal import Refusal
from services.booking.base import Base
from services.booking.ledger.models import Holder

GRANTED, REFUSED, RELEASED = OUTCOMES = ("granted", "refused", "released")


class ClaimRequest(Aggregate, Base):
    """The newest request of another service for one claim. `id` is the claim's id, which the requester chose. `request` is the
    requester's number of it: a request with a lower number came late and counts no more. `outcome` and `answer` are what was
    answered, so that the same request gets the same answer. `title` is the public name of what takes place, or null. The
    version counts the answers."""

    __tablename__ = "claim_request"
    __table_args__ = (one_of("outcome", OUTCOMES, "claim_request_outcome"),)

    requester: Mapped[str]
    request: Mapped[int]
    title: Mapped[dict[str, Any] | None]
    outcome: Mapped[str]
    answer: Mapped[dict[str, Any]]
    answered_at: Mapped[datetime]

    def settle(self, request: int, outcome: str, answer: dict[str, Any], now: datetime) -> None:
        """Remember the answer to `request`."""
        self.request, self.outcome, self.answer = request, outcome, answer
        self.repeat(now)

    def repeat(self, now: datetime) -> None:
        """Count an answer that is given at `now`."""
        self.answered_at = now
        self.changed()


class ClaimedTime(Base):
    """The time that a session, the holder, has in spaces, without turnover. Its claims in the ledger include the turnover.
    Times are aware, in UTC. After `expires_at` it is a hold that has expired."""

    __tablename__ = "claimed_time"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="claimed_time_ends_after_start"),
        CheckConstraint("cardinality(space_ids) > 0", name="claimed_time_somewhere"),
        Index("claimed_time_by_time", "community_id", "starts_at", "holder_id"),
        Index("claimed_time_of_request", "claim_request_id"),
    )

    holder_id: Mapped[UUID] = mapped_column(primary_key=True)
    claim_request_id: Mapped[UUID] = mapped_column(ForeignKey("claim_request.id"))
    community_id: Mapped[str]
    space_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    people: Mapped[int]
    expires_at: Mapped[datetime | None]

    claim_request: Mapped[ClaimRequest] = relationship(lazy="raise")


@dataclass(frozen=True, slots=True)
class Asked:
    """One time that is asked for: all of `space_ids` from `starts_at` to `ends_at` (aware), for `people`. `holder_id` is what
    takes place then, for example the session of a club event. `equipment` is what it needs: kinds, each once, with how many."""

    holder_id: UUID
    space_ids: tuple[UUID, ...]
    starts_at: datetime
    ends_at: datetime
    people: int
    equipment: tuple[tuple[UUID, int], ...] = ()

    def holder(self, community_id: str) -> Holder:
        """It, as the holder of its claims."""
        return Holder("session", self.holder_id, community_id)

    def is_kept_by(self, held: ClaimedTime) -> bool:
        """Whether `held` is the same time in the same spaces, for at least as many people. Then no rule is checked again: hours
        that changed meanwhile do not take from a session what it has."""
        return (
            (self.starts_at, self.ends_at) == (held.starts_at, held.ends_at)
            and set(self.space_ids) == set(held.space_ids)
            and self.people <= held.people
        )


@dataclass(frozen=True, slots=True)
class NotPossible:
    """Why one time cannot be claimed, in which space, and what could be claimed instead ({space_id, space_name, starts_at,
    ends_at})."""

    asked: Asked
    space_id: UUID
    refusal: Refusal
    alternatives: Sequence[dict[str, Any]] = field(default_factory=tuple)
