"""The district's messages, live, for other systems."""

from collections.abc import Callable, Sequence

from sqlalchemy import Engine

from chassis.database.engine import reading
from gateway.streams import feed
from gateway.streams.feed import Position
from gateway.streams.sse import Event

BATCH = 200


class DistrictMessages:
    """A Source that reads from `last_id`, or from now if that is None. It reads only the types in `patterns` (None: all).
    `allowed` returns False when the client may no longer read."""

    def __init__(
        self, database: Engine, last_id: str | None, patterns: Sequence[str] | None, allowed: Callable[[], bool]
    ) -> None:
        """Raises InvalidField for an id that this stream has never sent, CursorExpired for an id that is too old."""
        self._database, self._patterns, self._allowed = database, patterns, allowed
        with reading(database) as session:
            if last_id is None:
                self._position = feed.horizon(session)
            else:
                self._position = Position.parse(last_id)
                feed.check_kept(session, self._position)

    def read(self) -> Sequence[Event]:
        with reading(self._database) as session:
            # Taken before the messages: what becomes readable in between is behind it, and is read next time.
            end = feed.horizon(session)
            found = feed.read(session, self._position, self._patterns, BATCH)
        if found:
            self._position = found[-1][0]
        elif end > self._position:
            self._position = end
        return [Event(str(position), entry.type, feed.cloud_event(entry)) for position, entry in found]

    def allowed(self) -> bool:
        return self._allowed()

    def position(self) -> str | None:
        return str(self._position)
