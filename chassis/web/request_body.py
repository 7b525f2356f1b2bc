"""The body of a request, as a file. It is read from the connection when the application reads the file.

Nothing is read ahead. If a client sends more than the application reads, TCP slows it down, and memory use does not grow.
"""

import io
import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import httptools

from chassis.web.http_error import BodyError
from chassis.web.receive_buffer import RECV_SIZE, ReceiveBuffer
from chassis.web.request_head import Head

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

MAX_CHUNK_LINE = 4_096  # bytes; size, extensions and end of line
MAX_EXTRAS = 16_384  # bytes of all chunk extensions and trailers of a body together
MAX_CHUNK = 1 << 40


class Body(io.RawIOBase):
    """`done` is True when the whole body was taken from the connection. `error` is set when the body cannot be read any more;
    reading raises it, a BodyError. `on_first_read` is called once, before the first read from the connection."""

    def __init__(self, received: ReceiveBuffer, timeout: float, on_first_read: Callable[[], None] | None) -> None:
        super().__init__()
        self._received, self._timeout = received, timeout
        self._on_first_read = on_first_read
        self.done = False
        self.error: BodyError | None = None

    def readable(self) -> bool:
        return True

    def readinto(self, target: "WriteableBuffer", /) -> int:
        view = memoryview(target).cast("B")
        piece = self._next(len(view))
        view[: len(piece)] = piece
        return len(piece)

    def skip(self, limit: int) -> bool:
        """Read and drop the rest of the body, up to `limit` bytes. Returns True if the body is complete then."""
        while not self.done and limit >= 0:
            try:
                limit -= len(self._next(RECV_SIZE))
            except BodyError:
                return False
        return self.done

    def can_skip(self, limit: int) -> bool:
        """True if `skip(limit)` will probably succeed: the client does not wait for `100 Continue`, and the length of the rest
        is known and at most `limit` bytes."""
        return self.done or (self._on_first_read is None and not self.error and self._known_remaining() <= limit)

    def _next(self, limit: int) -> bytes:
        if self.error:
            raise self.error
        if self.done or not limit:
            return b""
        if self._on_first_read is not None:
            send_continue, self._on_first_read = self._on_first_read, None
            send_continue()
        try:
            return self._read(limit)
        except BodyError as error:
            self.error = error
            raise

    def _known_remaining(self) -> float:
        """The length of the rest in bytes. Infinite if it is unknown."""
        return math.inf

    def _read(self, limit: int) -> bytes:
        """Return up to `limit` bytes. At the end of the body, return no bytes and set `done`."""
        raise NotImplementedError


class LengthBody(Body):
    """A body with a Content-Length."""

    def __init__(self, received: ReceiveBuffer, timeout: float, on_first_read: Callable[[], None] | None, length: int) -> None:
        super().__init__(received, timeout, on_first_read)
        self._remaining = length
        self.done = not length

    def _read(self, limit: int) -> bytes:
        piece = self._received.read_some(min(limit, self._remaining), self._timeout)
        self._remaining -= len(piece)
        self.done = not self._remaining
        return piece

    def _known_remaining(self) -> float:
        return self._remaining


class ChunkedBody(Body):
    """A chunked body. llhttp checks and decodes it. It gets one framing line or one piece of data at a time, because it would
    otherwise read into the next request."""

    def __init__(self, received: ReceiveBuffer, timeout: float, on_first_read: Callable[[], None] | None) -> None:
        super().__init__(received, timeout, on_first_read)
        self._remaining = 0  # bytes of the current chunk, including the line end after its data
        self._extras = MAX_EXTRAS
        self._data = b""
        self._at_chunk = self._at_trailers = False
        self._parser = httptools.HttpRequestParser(self)
        self._parser.feed_data(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n")

    def _read(self, limit: int) -> bytes:
        while not self.done and not self._data:
            if self._remaining:
                piece = self._received.read_some(min(limit, self._remaining), self._timeout)
                self._remaining -= len(piece)
                self._feed(piece)
            else:
                self._read_line()
        data, self._data = self._data, b""
        return data

    def _read_line(self) -> None:
        """Read the size line of a chunk, or a trailer. Trailers are checked and dropped."""
        line = self._received.read_line(MAX_CHUNK_LINE, self._timeout)
        self._at_chunk = False
        self._feed(line)
        size, _, extension = line.partition(b";")
        self._extras -= len(line) if self._at_trailers else len(extension)
        if self._extras < 0 or len(line) == MAX_CHUNK_LINE:
            raise BodyError(431 if self._at_trailers else 413)
        if self._at_chunk:
            self._begin_chunk(int(size, 16))

    def _begin_chunk(self, size: int) -> None:
        if size > MAX_CHUNK:
            raise BodyError(413)
        self._at_trailers = not size
        self._remaining = size + len(b"\r\n") if size else 0

    def _feed(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            raise BodyError(400) from error

    # Callbacks of llhttp:

    def on_chunk_header(self) -> None:
        self._at_chunk = True

    def on_body(self, data: bytes) -> None:
        self._data += data

    def on_message_complete(self) -> None:
        self.done = True


def body_of(head: Head, received: ReceiveBuffer, timeout: float, send_continue: Callable[[], None]) -> Body:
    """Return the body that follows `head`. `send_continue` sends `100 Continue`. It is called only if the client waits for
    that."""
    on_first_read = send_continue if head.expects_continue and head.length != 0 else None
    if head.length is None:
        return ChunkedBody(received, timeout, on_first_read)
    return LengthBody(received, timeout, on_first_read, head.length)
