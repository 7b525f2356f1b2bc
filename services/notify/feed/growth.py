"""Tells the gateways how far the feed can be read, so that they need not ask."""

import time
from threading import Lock
from typing import Final

from sqlalchemy import Engine

from chassis.database.engine import reading
from chassis.messaging.hints import Hints
from services.notify.feed import storage
from services.notify.interface.feed import GREW, Place

REPEAT_AFTER: Final = 10.0  # seconds; a gateway that missed a hint learns of the end by then


class Growth:
    """What this process has told last."""

    def __init__(self) -> None:
        self._told: Place | None = None
        self._told_at = float("-inf")
        self._lock = Lock()

    def tell(self, engine: Engine, hints: Hints) -> None:
        """Send the place of the last message that can be read, if it is new or was told some time ago. Raises a connection
        error if the broker cannot be reached."""
        with reading(engine) as session:
            end = storage.end(session)
        with self._lock:
            if end == self._told and time.monotonic() < self._told_at + REPEAT_AFTER:
                return
            hints.send(GREW, {"end": str(end)})
            self._told, self._told_at = end, time.monotonic()
