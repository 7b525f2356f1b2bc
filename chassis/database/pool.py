"""A connection pool that becomes small when it is quiet."""

import logging
import time
from typing import Any

from sqlalchemy.pool import ConnectionPoolEntry, QueuePool

UNUSED = 20.0  # seconds
# SQLAlchemy names a pool's logger after its class. The level of its own loggers does not apply to ours.
logging.getLogger(f"{__name__}.ShrinkingPool").setLevel(logging.WARNING)


class ShrinkingPool(QueuePool):
    """Closes connections that were not used for UNUSED seconds, but keeps one. Use it with `use_lifo`, so that few connections
    do the work of a quiet process and the others stay unused.

    Each returned connection starts the search. So there is no timer, and a pool that is never used keeps its connections.
    """

    def _do_return_conn(self, record: ConnectionPoolEntry) -> None:
        now = time.monotonic()
        record.info["returned_at"] = now
        super()._do_return_conn(record)
        while (unused := self._take_unused(now)) is not None:
            try:
                unused.close()
            finally:
                self._dec_overflow()

    def _take_unused(self, now: float) -> ConnectionPoolEntry | None:
        """Remove the connection that was unused for the longest time from the queue. None if that time is short."""
        idle: Any = self._pool
        with idle.mutex:
            # The last used connection is at the right end.
            if len(idle.queue) < 2 or now - idle.queue[0].info.get("returned_at", 0.0) < UNUSED:
                return None
            unused: ConnectionPoolEntry = idle.queue.popleft()
            return unused
