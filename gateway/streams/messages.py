"""The district's messages, live, for other systems. notify keeps them."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from chassis.rpc.refusal import InvalidField
from gateway.streams.sse import Event
from gateway.streams.tail import Message, Tail
from services.notify.interface.feed import BAD_PLACE, BAD_TYPES, MOST_TYPES, TYPE_PATTERN, Place, Readable

BATCH = 200
ReadFeed = Callable[..., Mapping[str, Any]]  # notify.read_feed, called as the API key. Raises Refused, Refusal.


class DistrictMessages:
    """A Source that reads from `last_id`, or from now if that is None. It reads only the types in `types` (None: all) and the
    messages that are `readable`. It takes what the `tail` has and calls notify for the rest. `allowed` returns False when the
    client may no longer read."""

    def __init__(
        self,
        read_feed: ReadFeed,
        last_id: str | None,
        types: Sequence[str] | None,
        tail: Tail,
        allowed: Callable[[], bool],
        readable: Readable,
    ) -> None:
        """Raises InvalidField for an id that this stream has never sent, Refused for one that cannot be continued from."""
        self._read_feed, self._types, self._tail, self._allowed = read_feed, types, tail, allowed
        self._readable = readable
        # Read before the answer begins, so that a wrong id is answered with a problem and not with an empty stream.
        self._page: Mapping[str, Any] | None = self._ask(None if last_id is None else str(_place(last_id)))
        self._place, self._more = Place.parse(self._page["place"]), self._page["more"]

    def read(self) -> Sequence[Event]:
        """Calls notify only if the feed has grown past this stream's place, and the tail does not have what comes next."""
        page, self._page = self._page, None
        if page is None:
            while part := self._tail.after(self._place):
                self._place = part.end
                if events := [_event(message) for message in part.messages if self._wants(message)]:
                    return events
            if not self._more and self._tail.end is not None and self._tail.end <= self._place:
                return ()
            page = self._ask(str(self._place))
            self._place, self._more = Place.parse(page["place"]), page["more"]
        # notify has selected them; one of an earlier release knows no rights.
        return [
            Event(item["place"], item["type"], item["event"])
            for item in page["items"]
            if self._readable.has(item["type"], item["event"]["communityid"])
        ]

    def _wants(self, message: Message) -> bool:
        """The same as what notify.read_feed selects."""
        return self._readable.has(message.type, message.event["communityid"])

    def allowed(self) -> bool:
        return self._allowed()

    def position(self) -> str | None:
        return str(self._place)

    def _ask(self, after: str | None) -> Mapping[str, Any]:
        return self._read_feed(after=after, types=self._types, limit=BATCH)


def _event(message: Message) -> Event:
    return Event(str(message.place), message.type, message.event)


def parse_types(types: str | None) -> list[str] | None:
    """`booking.confirmed.v1,case.*` as a list of patterns. None means all types. Raises InvalidField for anything else, because
    a misspelt filter must not select everything."""
    if types is None:
        return None
    patterns = [part.strip() for part in types.split(",")]
    if len(patterns) > MOST_TYPES or not all(re.fullmatch(TYPE_PATTERN, pattern) for pattern in patterns):
        raise InvalidField(BAD_TYPES, "types")
    return patterns


def _place(last_id: str) -> Place:
    try:
        return Place.parse(last_id)
    except ValueError as error:
        raise InvalidField(BAD_PLACE, "Last-Event-ID") from error
