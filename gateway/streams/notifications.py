"""One account's notifications, live."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from chassis.rpc.refusal import InvalidField
from chassis.rpc.rules import NOT_AN_ID
from gateway.streams.sse import Event

BATCH = 100
# notify.list_notifications, called as the account. Raises Refused, Refusal.
ListNotifications = Callable[..., Mapping[str, Any]]


class OwnNotifications:
    """A Source that reads from the notification `last_id`, or from the newest one if that is None. `allowed` returns False when
    the client may no longer read."""

    def __init__(self, list_notifications: ListNotifications, last_id: str | None, allowed: Callable[[], bool]) -> None:
        """Raises InvalidField for an id that is not one of the account's notifications."""
        self._list, self._allowed = list_notifications, allowed
        self._waiting: list[Mapping[str, Any]] = []
        if last_id is None:
            newest = self._list(limit=1)["items"]
            self._last = newest[0]["id"] if newest else None
        else:
            self._last = _checked(last_id)
            # Read before the answer begins, so that an unknown id is answered with a problem and not with an empty stream.
            self._waiting = self._after(self._last)

    def read(self) -> Sequence[Event]:
        found, self._waiting = self._waiting or self._after(self._last), []
        if found:
            self._last = found[-1]["id"]
        return [Event(item["id"], "notification", item) for item in found]

    def allowed(self) -> bool:
        return self._allowed()

    def position(self) -> str | None:
        return None

    def _after(self, last: str | None) -> list[Mapping[str, Any]]:
        if last is not None:
            return list(self._list(after=last, limit=BATCH)["items"])
        # The inbox was empty before, so everything in it is new.
        return list(reversed(self._list(limit=BATCH)["items"]))


def _checked(last_id: str) -> str:
    try:
        return str(UUID(last_id))
    except ValueError as error:
        raise InvalidField(NOT_AN_ID, "Last-Event-ID") from error
