"""Server-sent events: the loop behind every stream, and the format of its events."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import orjson

from chassis.observability import telemetry
from chassis.rpc.refusal import Refusal, Refused
from gateway.streams.hub import Stream

MEDIA_TYPE = "text/event-stream"
HEARTBEAT = 15.0  # seconds; also how soon a stream notices that its session was ended by another process
FIRST_BEAT = 1.0  # a closed connection shows at the second write, so after about three seconds
RETRY_MS = 3000
log = telemetry.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Event:
    """`id` is what the client sends as Last-Event-ID when it comes back."""

    id: str
    type: str
    data: Mapping[str, Any]

    def encode(self) -> bytes:
        return f"id: {self.id}\nevent: {self.type}\ndata: ".encode() + orjson.dumps(self.data) + b"\n\n"


class Source(Protocol):
    """Where the events come from."""

    def read(self) -> Sequence[Event]:
        """What has come since the last call, oldest first. A bounded number; an empty answer means that there is no more."""

    def allowed(self) -> bool:
        """False once the listener may hear no more."""

    def position(self) -> str | None:
        """Where the stream stands, for clients that have heard nothing for long; None if it has no position."""


def event_stream(stream: Stream, source: Source, *, heartbeat: float) -> Iterator[bytes]:
    """The body of the answer. It ends when the stream is ended, or when its listener may hear no more; `heartbeat` is in
    seconds.

    A new stream asks often whether its client is still there, then less and less: a reader who only passed through a page
    is gone soon, and their place is free for the next page. Heartbeats go by the clock, however much there is to send.
    """
    beat = min(FIRST_BEAT, heartbeat)
    due = time.monotonic() + beat
    try:
        yield f"retry: {RETRY_MS}\n: connected\n\n".encode()
        while not stream.ended:
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
    finally:
        stream.close()


def _heartbeat(source: Source) -> bytes:
    position = source.position()
    return f"id: {position}\n: still here\n\n".encode() if position else b": still here\n\n"


def _read(source: Source) -> Sequence[Event]:
    try:
        return source.read()
    except (Refusal, Refused) as refusal:
        # A service that is away for a moment does not end the stream: it is asked again at the next beat.
        log.info("stream waits", reason=str(refusal))
        return ()
