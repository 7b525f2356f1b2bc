"""A wait as answers have it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from chassis.rpc.identity import Identity
from services.booking.waits import storage
from services.booking.waits.models import Wait, WaitOffer


@dataclass(frozen=True, slots=True)
class WaitShown:
    """A wait with its place in line, and the offer that can be answered, if there is one."""

    wait: Wait
    place: int | None
    offer: WaitOffer | None

    def can(self, acting: Identity, now: datetime) -> list[str]:
        """The steps (STEPS) that the caller may take at `now`."""
        if self.wait.ended_at is not None or not self.wait.is_changed_by(acting):
            return []
        return ["accept", "decline", "cancel"] if self.offer is not None and self.offer.is_open(now) else ["cancel"]

    def __getattr__(self, name: str) -> Any:
        return getattr(self.wait, name)


def shown(session: Session, waits: Sequence[Wait]) -> list[WaitShown]:
    """Two statements, however many there are."""
    session.flush()
    places = storage.places(session, waits)
    offers = storage.open_offers(session, [wait.id for wait in waits])
    return [WaitShown(wait, places.get(wait.id), offers.get(wait.id)) for wait in waits]
