"""Wakes the live streams of this process. What they then tell is read anew, so a wake-up may be lost or doubled."""

from collections.abc import Callable
from threading import Event, Lock
from uuid import UUID

from gateway.http import metrics
from gateway.refusals import TooManyStreams

PER_OWNER = 5
IN_ALL = 2_000


class Stream:
    """One open stream: waits for `topic`, belongs to `owner`, ends with `proof` (a session or an API key)."""

    def __init__(self, topic: str, owner: str, proof: UUID | None, leave: "Callable[[Stream], None]") -> None:
        self.topic, self.owner, self.proof = topic, owner, proof
        self.ended = False
        self._woken = Event()
        self._leave = leave

    def wait(self, seconds: float) -> bool:
        """True as soon as there may be something to tell, False after `seconds`."""
        woken = self._woken.wait(seconds)
        self._woken.clear()
        return woken

    def wake(self) -> None:
        self._woken.set()

    def end(self) -> None:
        """Make the stream stop telling."""
        self.ended = True
        self._woken.set()

    def close(self) -> None:
        """Give the place back; closing twice does no harm."""
        self._leave(self)


class Hub:
    """The open streams of one process."""

    def __init__(self, per_owner: int = PER_OWNER, in_all: int = IN_ALL) -> None:
        self._per_owner, self._in_all = per_owner, in_all
        self._streams: dict[Stream, None] = {}
        self._lock = Lock()

    def open(self, topic: str, *, owner: str, proof: UUID | None) -> Stream:
        """Raises TooManyStreams."""
        with self._lock:
            of_owner = sum(stream.owner == owner for stream in self._streams)
            if of_owner >= self._per_owner or len(self._streams) >= self._in_all:
                raise TooManyStreams(retry_after=30)
            stream = Stream(topic, owner, proof, self._left)
            self._streams[stream] = None
        metrics.streams.labels(_kind(topic)).inc()
        return stream

    def wake(self, topic: str) -> None:
        for stream in self._of(lambda stream: stream.topic == topic):
            stream.wake()

    def end_of(self, proof: UUID) -> None:
        """End the streams of a session that was signed out, or of a key that was revoked."""
        for stream in self._of(lambda stream: stream.proof == proof):
            stream.end()

    def __len__(self) -> int:
        return len(self._streams)

    def _of(self, wanted: Callable[[Stream], bool]) -> list[Stream]:
        with self._lock:
            return [stream for stream in self._streams if wanted(stream)]

    def _left(self, stream: Stream) -> None:
        with self._lock:
            if stream not in self._streams:
                return
            del self._streams[stream]
        metrics.streams.labels(_kind(stream.topic)).dec()


def of_account(account_id: str) -> str:
    """Topic of one account's notifications."""
    return f"account:{account_id}"


FEED = "messages"


def _kind(topic: str) -> str:
    return topic.partition(":")[0]
