"""When and where a session takes place."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.events.interface.refusals import SessionInPast


@dataclass(frozen=True, slots=True)
class Place:
    """Where a session takes place. `space_id` is a space that booking knows, or None."""

    location: str
    space_id: UUID | None


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """When and where a session takes place. Times are aware."""

    starts_at: datetime
    ends_at: datetime
    place: Place

    def check_ahead(self, now: datetime) -> None:
        """Raises SessionInPast."""
        if self.starts_at <= now:
            at = self.starts_at.isoformat()
            raise SessionInPast(starts_at=at, registration_closes_at=at)
