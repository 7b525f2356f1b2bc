"""One's own notifications as they come."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from chassis.database.engine import reading
from gateway.accounts import sessions
from gateway.calls import client
from gateway.http import current
from gateway.refusals import invalid
from gateway.streams.sse import Event

BATCH = 100


class OwnNotifications:
    """Reads on from the notification `last_id`, or from the newest one if that is None."""

    def __init__(self, last_id: str | None) -> None:
        """Raises Invalid for an id that is none of the reader's own notifications."""
        self._notify = client.outliving_the_request().notify
        self._engine, self._clock, self._session_id = current.database(), current.clock(), current.access().session_id
        self._demo = current.settings().demo
        self._waiting: list[Mapping[str, Any]] = []
        if last_id is None:
            newest = self._notify.list_notifications(limit=1)["items"]
            self._last = newest[0]["id"] if newest else None
        else:
            self._last = _checked(last_id)
            # Before the answer begins, so that an unknown id is a problem and not an empty stream.
            self._waiting = self._after(self._last)

    def read(self) -> Sequence[Event]:
        found, self._waiting = self._waiting or self._after(self._last), []
        if found:
            self._last = found[-1]["id"]
        return [Event(item["id"], "notification", item) for item in found]

    def allowed(self) -> bool:
        if self._session_id is None:
            return False
        with reading(self._engine) as session:
            return sessions.is_open(session, self._session_id, self._clock(), demo=self._demo)

    def place(self) -> str | None:
        return None

    def _after(self, last: str | None) -> list[Mapping[str, Any]]:
        if last is not None:
            return list(self._notify.list_notifications(after=last, limit=BATCH)["items"])
        # The inbox was empty: all there is now is new.
        return list(reversed(self._notify.list_notifications(limit=BATCH)["items"]))


def _checked(last_id: str) -> str:
    try:
        return str(UUID(last_id))
    except ValueError as error:
        raise invalid("Last-Event-ID", "not_an_id", "the id of a notification") from error
