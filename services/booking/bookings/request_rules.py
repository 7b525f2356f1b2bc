"""What is special about a booking that somebody must agree to: the rules of requests, without I/O."""

from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from chassis.rpc.identity import Identity
from services.booking.interface.refusals import NeedsApproval, RequestAnswered
from services.booking.spaces.models import Space


class RequestRules:
    """The part of a Booking that is about its approval. Its space must be loaded."""

    if TYPE_CHECKING:
        state: Any
        starts_at: Any
        answer_by: Any
        decided_at: Any
        decided_by: Any
        decline_reason: Any
        decline_note: Any
        space: Any

        def changed(self) -> None: ...

    def waits_at(self, now: datetime) -> bool:
        """Whether it is a request that can be answered."""
        return self.state == "requested" and self.answer_by is not None and now < self.answer_by

    def moves_for(self, acting: Identity) -> bool:
        """Whether the caller may move it within its space: for another time somebody must agree anew."""
        return self.state == "requested" or not self.space.needs_approval or self.space.is_approver(acting)

    def check_approval(self, space: Space, acting: Identity) -> None:
        """Raises NeedsApproval if the caller may not move it to another time of `space`, or to `space`, because only approvers
        give that. A request stays a request, so it may always be moved."""
        if self.state != "requested" and space.needs_approval and not space.is_approver(acting):
            raise NeedsApproval()

    def ask(self, now: datetime) -> None:
        """Make it a request, at its present time."""
        self.state, self.answer_by = "requested", self.space.answer_by(self.starts_at, now)

    def check_waits(self, now: datetime) -> None:
        """Raises RequestAnswered unless it is a request that can be answered."""
        if self.waits_at(now):
            return
        told: dict[str, Any] = {"state": "lapsed" if self.state == "requested" else self.state}
        if self.decided_at is not None:
            told |= {"decided_at": self.decided_at.isoformat(), "decided_by": str(self.decided_by)}
        raise RequestAnswered(**told)

    def accept(self, by: UUID | None, now: datetime) -> None:
        """The request becomes a booking; the caller claims its time. `by` is the approver, None if it needs none any more."""
        self.state, self.decided_at, self.decided_by = "confirmed", now, by
        self.changed()

    def decline(self, by: UUID | None, now: datetime, reason: str, note: str | None = None) -> None:
        """Decline the request, for one of DECLINED_BECAUSE."""
        self.state, self.decided_at, self.decided_by = "declined", now, by
        self.decline_reason, self.decline_note = reason, note
        self.changed()

    def lapse(self) -> None:
        """Nobody has answered the request in time."""
        self.state = "lapsed"
        self.changed()
