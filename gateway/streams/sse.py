"""Server-sent events: the loop of every stream, and the format of its events."""

import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import orjson
from greenlet import GreenletExit

from chassis.observability import telemetry
from chassis.rpc.refusal import Refusal, Refused
from gateway.streams.hub import Stream

MEDIA_TYPE = "text/event-stream"
HEARTBEAT = 15.0  # seconds; also the time until a stream notices that another process has ended its session
FIRST_BEAT = 1.0  # seconds; a closed connection is noticed at the second write, so after about three seconds
RETRY_MS = 3000
log = telemetry.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Event:
    """The client sends `id` as Last-Event-ID when it connects again."""

    id: str
    type: str
    data: Mapping[str, Any]

    def encode(self) -> bytes:
        return f"id: {self.id}\nevent: {self.type}\ndata: ".encode() + orjson.dumps(self.data) + b"\n\n"


class Source(Protocol):
    """The source of a stream's events."""

    def read(self) -> Sequence[Event]:
        """The new events since the last call, oldest first. A limited number. Empty if there are no more."""

    def allowed(self) -> bool:
        """False when the client may no longer read."""

    def position(self) -> str | None:
        """The current position, for clients that have received nothing for long. None if the stream has no positions."""


def event_stream(stream: Stream, source: Source, *, heartbeat: float) -> Iterator[bytes]:
    """The body of the answer. It ends when the stream is ended, or when its client may no longer read. `heartbeat` is in
    seconds.

    When the server stops, the last part tells the client when to connect again.

    Heartbeats show whether the client is still connected. A new stream sends them often, then less and less: a reader who
    leaves a page soon must not keep one of their streams. Heartbeats are sent on time also while there are many events.
    """
    beat = min(FIRST_BEAT, heartbeat)
    due = time.monotonic() + beat
    try:
        yield f"retry: {RETRY_MS}\n: connected\n\n".encode()
        while not stream.ended:
            if stream.doubted:
                stream.doubted = False
                if not source.allowed():
                    return
            events = _read(source)
            yield from (event.encode() for event in events)
            if (left := due - time.monotonic()) > 0:
                if not events:
                    stream.wait(left)
                continue
            if not source.allowed():
                return
            yield _heartbeat(source)
            beat = min(2 * beat, heartbeat)
            due = time.monotonic() + beat
    except GreenletExit:  # the server is stopping, and sends one more part
        yield _farewell()
    finally:
        stream.close()


def _farewell() -> bytes:
    """Clients of a stopped gateway come back within some seconds, but not all at the same moment."""
    return f"retry: {RETRY_MS // 3 + secrets.randbelow(RETRY_MS)}\n: the server is stopping\n\n".encode()


def _heartbeat(source: Source) -> bytes:
    position = source.position()
    return f"id: {position}\n: still here\n\n".encode() if position else b": still here\n\n"


def _read(source: Source) -> Sequence[Event]:
    try:
        return source.read()
    except (Refusal, Refused) as refusal:
        # A service that is down for a moment does not end the stream. It is called again at the next heartbeat.
        log.info("stream waits", reason=str(refusal))
        return ()
