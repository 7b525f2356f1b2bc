"""The history of a case as one reader may see it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.rpc.identity import Identity
from services.cases.access import account_of
from services.cases.cases.models import HistoryEntry
from services.cases.reference.models import Department


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One step. `actor_id`, `for_id` and `note` are None if the reader may not see them."""

    case_id: UUID
    version: int
    at: datetime
    action: str
    from_state: str | None
    to_state: str
    actor_id: UUID | None
    actor_party: str
    for_id: UUID | None
    department: Department | None
    note: str | None
    public: bool


def line_for(entry: HistoryEntry, acting: Identity, *, on_desk: bool, notes: bool = True) -> HistoryLine:
    """`entry` as `acting` may see it. With `on_desk` (the case is on the desk of `acting`) that is all of it. Otherwise
    notes are shown if they are public and the reader may read `notes` at all, and `actor_id` if it is the reader's own
    account."""
    own = entry.actor_id is not None and entry.actor_id == account_of(acting)
    return HistoryLine(
        case_id=entry.case_id,
        version=entry.version,
        at=entry.at,
        action=entry.action,
        from_state=entry.from_state,
        to_state=entry.to_state,
        actor_id=entry.actor_id if on_desk or own else None,
        actor_party=entry.actor_party,
        for_id=entry.for_id if on_desk else None,
        department=entry.department,
        note=entry.note if on_desk or (entry.public and notes) else None,
        public=entry.public,
    )
