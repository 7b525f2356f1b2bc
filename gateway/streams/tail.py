"""The newest messages of the feed, as notify sends them with its hints. A stream that is near the end needs no call."""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any, Final

from services.notify.interface.feed import Place

MOST: Final = 1_000  # messages that are kept; a stream further behind calls notify


@dataclass(frozen=True, slots=True)
class Message:
    """`place` is the place after the message. `event` is a CloudEvent."""

    place: Place
    type: str
    event: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Part:
    """All messages of the feed after the place `after` and not after `end`, in order."""

    after: Place
    end: Place
    messages: Sequence[Message]


class Tail:
    """The parts that this process has received. They may overlap, because each replica of notify sends its own."""

    def __init__(self) -> None:
        self._parts: deque[Part] = deque()
        self._kept = 0
        self._lock = Lock()
        self.end: Place | None = None  # the feed can be read up to there, as far as this process knows

    def grew(self, hint: Mapping[str, Any]) -> None:
        """Take a GrewBy of notify."""
        end = Place.parse(hint["end"])
        messages = [Message(Place.parse(one["place"]), one["type"], one["event"]) for one in hint.get("messages", ())]
        with self._lock:
            if messages:
                self._parts.append(Part(Place.parse(hint["after"]), end, messages))
                self._kept += len(messages)
            while self._kept > MOST:
                self._kept -= len(self._parts.popleft().messages)
            self.end = end if self.end is None else max(self.end, end)

    def after(self, place: Place) -> Part | None:
        """What comes directly after `place`. None if that is not known here."""
        with self._lock:
            part = next((part for part in reversed(self._parts) if part.after <= place < part.end), None)
        return part and Part(place, part.end, [message for message in part.messages if message.place > place])
