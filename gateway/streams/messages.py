"""The district's messages as they come, for other systems."""

from collections.abc import Sequence
from uuid import UUID

from chassis.database.engine import reading
from gateway.accounts import api_keys
from gateway.http import current
from gateway.streams import feed
from gateway.streams.feed import Place
from gateway.streams.sse import Event

BATCH = 200


class DistrictMessages:
    """Reads on from `last_id`, or from now if that is None; only the types in `patterns` (None: all)."""

    def __init__(self, last_id: str | None, patterns: Sequence[str] | None, key_id: UUID) -> None:
        """Raises Invalid for an id that is none of this stream's, CursorExpired for one too long ago."""
        self._engine, self._key_id, self._patterns = current.database(), key_id, patterns
        self._demo = current.settings().demo
        with reading(self._engine) as session:
            if last_id is None:
                self._place = feed.horizon(session)
            else:
                self._place = Place.parse(last_id)
                feed.check_kept(session, self._place)

    def read(self) -> Sequence[Event]:
        with reading(self._engine) as session:
            # Taken before the messages: what becomes readable in between is behind it, and read next time.
            end = feed.horizon(session)
            found = feed.read(session, self._place, self._patterns, BATCH)
        if found:
            self._place = found[-1][0]
        elif end > self._place:
            self._place = end
        return [Event(str(place), entry.type, feed.cloud_event(entry)) for place, entry in found]

    def allowed(self) -> bool:
        with reading(self._engine) as session:
            return api_keys.in_force(session, self._key_id, demo=self._demo)

    def place(self) -> str | None:
        return str(self._place)
