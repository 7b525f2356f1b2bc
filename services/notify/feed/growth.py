"""Tells the gateways what is new in the feed, so that they need not ask."""

import time
from threading import Lock
from typing import Any, Final

from sqlalchemy import Engine

from chassis.database.engine import reading
from chassis.messaging.hints import Hints
from services.notify.feed import storage
from services.notify.feed.use_cases import message_of
from services.notify.interface.feed import GREW, GREW_BY, Place

REPEAT_AFTER: Final = 10.0  # seconds; a gateway that missed a hint learns of the end by then
MOST: Final = 100  # messages in one hint


class Growth:
    """What this process has told last."""

    def __init__(self) -> None:
        self._told: Place | None = None
        self._told_at = float("-inf")
        self._lock = Lock()

    def tell(self, engine: Engine, hints: Hints) -> bool:
        """Send the messages that can be read since the last call and the place of the last one. Without new messages, send the
        place if it was told some time ago. Returns True if there may be more. Raises a connection error if the broker cannot
        be reached."""
        with self._lock:
            hint = self._hint(engine)
            if hint is None:
                return False
            hints.send(GREW, GREW_BY.dump(hint))
            self._told, self._told_at = hint["end"], time.monotonic()
            return len(hint.get("messages", ())) == MOST

    def _hint(self, engine: Engine) -> dict[str, Any] | None:
        told = self._told
        with reading(engine) as session:
            new = storage.newest(session, told, MOST) if told else []
            end = storage.place_of(new[-1]) if new else storage.end(session)
        if new:
            return {"after": told, "end": end, "messages": [message_of(entry) for entry in new]}
        due = end != told or time.monotonic() >= self._told_at + REPEAT_AFTER
        return {"end": end} if due else None
