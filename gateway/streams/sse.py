"""Server-sent events: the loop behind every stream, and its words on the wire."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import orjson
from flask import Response, request

from chassis.observability import telemetry
from chassis.rpc.refusal import Refusal, Refused
from gateway.streams.hub import Stream

MEDIA_TYPE = "text/event-stream"
HEARTBEAT = 15.0  # seconds; also how soon a stream notices elsewhere that its session has ended
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
        """What has come since the last call, oldest first; a bounded number, so an empty answer means: no more."""

    def allowed(self) -> bool:
        """False once whoever listens may not any more."""

    def place(self) -> str | None:
        """Where the stream stands, for clients that have heard nothing for long; None if it does not move."""


def tell(stream: Stream, source: Source, *, heartbeat: float) -> Iterator[bytes]:
    """The body of the answer. Ends when the stream is ended or its listener may not hear more. A new stream is checked
    often and then less: who only passed through a page is gone soon, and their place is free for the next page. By the
    clock, however much there is to tell: a stream that is woken again and again has a listener, too."""
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
            place = source.place()
            yield f"id: {place}\n: still here\n\n".encode() if place else b": still here\n\n"
            beat = min(2 * beat, heartbeat)
            due = time.monotonic() + beat
    finally:
        stream.close()


def _read(source: Source) -> Sequence[Event]:
    try:
        return source.read()
    except (Refusal, Refused) as refusal:
        # A service that is away for a moment is no reason to end the stream: it is asked again at the next beat.
        log.info("stream waits", reason=str(refusal))
        return ()


def answer(stream: Stream, source: Source) -> Response:
    """The stream as an HTTP answer, sent event by event; to HEAD only that there is one."""
    if request.method == "HEAD":
        stream.close()
        return Response(mimetype=MEDIA_TYPE)
    request.environ["linli.stream"] = True  # chassis.web.server: send at once, end at shutdown
    response = Response(tell(stream, source, heartbeat=HEARTBEAT), mimetype=MEDIA_TYPE)
    response.call_on_close(stream.close)
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Accel-Buffering"] = "no"  # nginx
    return response
