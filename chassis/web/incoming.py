"""The bytes that a client sends, read as they are needed: what nobody asks for stays with the kernel and slows it down."""

import socket
import time
from contextlib import suppress
from typing import Any

import eventlet

from chassis.web.http_error import BodyError, ClientGone

RECEIVE = 65_536  # bytes asked of the kernel at once, and so the most that one connection buffers beside its limits
DISCARD = 1 << 26  # bytes, and
DISCARD_TIME = 10.0  # seconds, after which a client is not listened to any more
DISCARD_PAUSE = 2.0  # seconds


class Incoming:
    """The receiving side of one connection. `buffer` is what came and was not taken yet."""

    def __init__(self, sock: Any) -> None:
        self._socket = sock
        self.buffer = b""

    def wait(self, seconds: float) -> bool:
        """Wait for the first bytes of a request. False if none came, or the client closed the connection."""
        if not self.buffer:
            try:
                self.buffer = self._receive(seconds)
            except (TimeoutError, ClientGone):
                return False
        return bool(self.buffer)

    def has_some(self) -> bool:
        """True if bytes have arrived that nobody has read."""
        if self.buffer:
            return True
        try:
            return bool(self._socket.fd.recv(1, socket.MSG_PEEK))  # the socket under eventlet's does not wait
        except OSError:
            return False

    def more(self, until: float) -> bool:
        """Add to `buffer` what comes next; False if the client sends no more. Raises TimeoutError after `until` (by
        time.monotonic()), ClientGone when the connection broke."""
        if (left := until - time.monotonic()) <= 0:
            raise TimeoutError
        data = self._receive(left)
        self.buffer += data
        return bool(data)

    def take(self, size: int) -> bytes:
        """Remove the first `size` bytes of `buffer`."""
        taken, self.buffer = self.buffer[:size], self.buffer[size:]
        return taken

    def some(self, most: int, patience: float) -> bytes:
        """One to `most` bytes of a body. Raises BodyError if none come within `patience` seconds, or no more at all."""
        if not self.buffer:
            self._fill(patience)
        return self.take(most)

    def line(self, longest: int, patience: float) -> bytes:
        """The next line of a body's framing, with its end, or its first `longest` bytes if it is longer. Raises BodyError
        as `some` does."""
        while (end := self.buffer.find(b"\n", 0, longest)) < 0 and len(self.buffer) < longest:
            self._fill(patience)
        return self.take(end + 1 or longest)

    def discard(self) -> None:
        """Read and forget until the client stops, or has sent for too long."""
        self.buffer = b""
        until, left = time.monotonic() + DISCARD_TIME, DISCARD
        with suppress(TimeoutError, ClientGone):
            while left > 0 and (wait := until - time.monotonic()) > 0 and (data := self._receive(min(wait, DISCARD_PAUSE))):
                left -= len(data)
                eventlet.sleep(0)

    def _fill(self, patience: float) -> None:
        try:
            data = self._receive(patience)
        except TimeoutError as error:
            raise BodyError(408) from error
        except ClientGone as error:
            raise BodyError(400) from error
        if not data:
            raise BodyError(400)
        self.buffer += data
        if len(data) == RECEIVE:
            eventlet.sleep(0)  # a client that sends faster than we read must not keep all others waiting

    def _receive(self, seconds: float) -> bytes:
        self._socket.settimeout(seconds)
        try:
            data: bytes = self._socket.recv(RECEIVE)
        except TimeoutError:
            raise
        except (OSError, EOFError) as error:
            raise ClientGone from error
        return data
