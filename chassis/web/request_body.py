"""The body of a request as a file that is read from the connection when the application reads it.

Nothing is read ahead, so a client that sends more than the application wants is slowed down by TCP, not kept in memory.
"""

import io
import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import httptools

from chassis.web.http_error import BodyError
from chassis.web.incoming import RECEIVE, Incoming
from chassis.web.request_head import Head

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

LONGEST_CHUNK_LINE = 4_096  # bytes; size, extensions and end of line
MOST_EXTRAS = 16_384  # bytes that all chunk extensions and trailers of a body may have
LARGEST_CHUNK = 1 << 40


class Body(io.RawIOBase):
    """`done` once all of the body was taken from the connection; `error` once it cannot be read any more. Reading raises
    BodyError. `on_first_read` is called before the client is waited for."""

    def __init__(self, incoming: Incoming, patience: float, on_first_read: Callable[[], None] | None) -> None:
        super().__init__()
        self._incoming, self._patience = incoming, patience
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

    def skip(self, most: int) -> bool:
        """Read and forget what is left, if that is no more than `most` bytes. True if the body is done then."""
        while not self.done and most >= 0:
            try:
                most -= len(self._next(RECEIVE))
            except BodyError:
                return False
        return self.done

    def can_skip(self, most: int) -> bool:
        """True if `skip(most)` is likely to succeed: the client is not waiting to be asked, and says how much is left."""
        return self.done or (self._on_first_read is None and not self.error and self._known_left() <= most)

    def _next(self, most: int) -> bytes:
        if self.error:
            raise self.error
        if self.done or not most:
            return b""
        if self._on_first_read is not None:
            ask, self._on_first_read = self._on_first_read, None
            ask()
        try:
            return self._read(most)
        except BodyError as error:
            self.error = error
            raise

    def _known_left(self) -> float:
        """Bytes that are still to come, infinite where nobody knows."""
        return math.inf

    def _read(self, most: int) -> bytes:
        """Up to `most` bytes; none, and `done` set, at the end."""
        raise NotImplementedError


class LengthBody(Body):
    """A body with a Content-Length."""

    def __init__(self, incoming: Incoming, patience: float, on_first_read: Callable[[], None] | None, length: int) -> None:
        super().__init__(incoming, patience, on_first_read)
        self._left = length
        self.done = not length

    def _read(self, most: int) -> bytes:
        piece = self._incoming.some(min(most, self._left), self._patience)
        self._left -= len(piece)
        self.done = not self._left
        return piece

    def _known_left(self) -> float:
        return self._left


class ChunkedBody(Body):
    """A body in chunks. llhttp judges and decodes it. It is given one framing line or one piece of data at a time, because
    it would read on into the next request otherwise."""

    def __init__(self, incoming: Incoming, patience: float, on_first_read: Callable[[], None] | None) -> None:
        super().__init__(incoming, patience, on_first_read)
        self._left = 0  # bytes of the chunk at hand, with the line end after its data
        self._extras = MOST_EXTRAS
        self._data = b""
        self._at_chunk = self._at_trailers = False
        self._parser = httptools.HttpRequestParser(self)
        self._parser.feed_data(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n")

    def _read(self, most: int) -> bytes:
        while not self.done and not self._data:
            if self._left:
                piece = self._incoming.some(min(most, self._left), self._patience)
                self._left -= len(piece)
                self._feed(piece)
            else:
                self._read_line()
        data, self._data = self._data, b""
        return data

    def _read_line(self) -> None:
        """The size of a chunk, or a trailer. Trailers are checked and dropped."""
        line = self._incoming.line(LONGEST_CHUNK_LINE, self._patience)
        self._at_chunk = False
        self._feed(line)
        size, _, extension = line.partition(b";")
        self._extras -= len(line) if self._at_trailers else len(extension)
        if self._extras < 0 or len(line) == LONGEST_CHUNK_LINE:
            raise BodyError(431 if self._at_trailers else 413)
        if self._at_chunk:
            self._begin_chunk(int(size, 16))

    def _begin_chunk(self, size: int) -> None:
        if size > LARGEST_CHUNK:
            raise BodyError(413)
        self._at_trailers = not size
        self._left = size + len(b"\r\n") if size else 0

    def _feed(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            raise BodyError(400) from error

    # What llhttp finds:

    def on_chunk_header(self) -> None:
        self._at_chunk = True

    def on_body(self, data: bytes) -> None:
        self._data += data

    def on_message_complete(self) -> None:
        self.done = True


def body_of(head: Head, incoming: Incoming, patience: float, ask: Callable[[], None]) -> Body:
    """The body that follows `head`. `ask` tells the client to send it, and is called if the client waits for that."""
    on_first_read = ask if head.expects_continue and head.length != 0 else None
    if head.length is None:
        return ChunkedBody(incoming, patience, on_first_read)
    return LengthBody(incoming, patience, on_first_read, head.length)
