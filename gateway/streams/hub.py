"""Wakes the live streams of this process. A woken stream reads again, and it also reads from time to time, so a wake-up may be
lost or doubled."""

from collections.abc import Callable, Mapping
from threading import Event, Lock
from typing import Any
from uuid import UUID

from gateway.refusals.requests import TooManyStreams
from gateway.streams import figures
from gateway.streams.tail import Tail

PER_OWNER = 5
IN_ALL = 2_000
FEED = "messages"  # topic of the district feed


def of_account(account_id: str) -> str:
    """Topic of one account's notifications."""
    return f"account:{account_id}"


class Stream:
    """One open stream. It waits for `topic`, counts against the limit of `owner`, and ends with `credential_id` (a session or
    an API key)."""

    def __init__(self, topic: str, owner: str, credential_id: UUID | None, on_close: "Callable[[Stream], None]") -> None:
        self.topic, self.owner, self.credential_id = topic, owner, credential_id
        self.ended = False
        self.doubted = False
        self._woken = Event()
        self._on_close = on_close

    def wait(self, seconds: float) -> bool:
        """Wait until there may be something to read. Returns True then, or False after `seconds`."""
        woken = self._woken.wait(seconds)
        self._woken.clear()
        return woken

    def wake(self) -> None:
        self._woken.set()

    def end(self) -> None:
        """End the stream: it sends no more events."""
        self.ended = True
        self._woken.set()

    def doubt(self) -> None:
        """The client's rights may have changed: the stream asks whether it may go on, before it sends more."""
        self.doubted = True
        self._woken.set()

    def close(self) -> None:
        """Stop counting the stream as open. Closing it twice changes nothing."""
        self._on_close(self)


class Hub:
    """The open streams of one process."""

    def __init__(self, per_owner: int = PER_OWNER, in_all: int = IN_ALL) -> None:
        self._per_owner, self._in_all = per_owner, in_all
        self._streams: dict[Stream, None] = {}
        self._lock = Lock()
        self.tail = Tail()

    def open(self, topic: str, *, owner: str, credential_id: UUID | None) -> Stream:
        """Raises TooManyStreams."""
        with self._lock:
            of_owner = sum(stream.owner == owner for stream in self._streams)
            if of_owner >= self._per_owner or len(self._streams) >= self._in_all:
                raise TooManyStreams(retry_after=30)
            stream = Stream(topic, owner, credential_id, self._forget)
            self._streams[stream] = None
        figures.open_streams.labels(_kind(topic)).inc()
        return stream

    def wake(self, topic: str) -> None:
        for stream in self._find(lambda stream: stream.topic == topic):
            stream.wake()

    def feed_grew(self, hint: Mapping[str, Any]) -> None:
        """Take a GrewBy of notify. Wakes the feed's streams, also if nothing is new: a read may have failed since."""
        self.tail.grew(hint)
        self.wake(FEED)

    def end_of(self, credential_id: UUID) -> None:
        """End the streams of a session that was signed out, or of an API key that was revoked."""
        for stream in self._find(lambda stream: stream.credential_id == credential_id):
            stream.end()

    def doubt(self, topic: str) -> None:
        """Let all streams of the topic ask whether they may go on."""
        for stream in self._find(lambda stream: stream.topic == topic):
            stream.doubt()

    def __len__(self) -> int:
        return len(self._streams)

    def _find(self, wanted: Callable[[Stream], bool]) -> list[Stream]:
        with self._lock:
            return [stream for stream in self._streams if wanted(stream)]

    def _forget(self, stream: Stream) -> None:
        with self._lock:
            if stream not in self._streams:
                return
            del self._streams[stream]
        figures.open_streams.labels(_kind(stream.topic)).dec()


def _kind(topic: str) -> str:
    return topic.partition(":")[0]
