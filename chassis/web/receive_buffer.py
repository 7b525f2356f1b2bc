"""Receives bytes from a client, only when they are needed. Bytes that are not needed stay in the kernel's buffer, which makes
TCP slow the client down."""

import socket
import time
from contextlib import suppress
from typing import Any

import eventlet

from chassis.web.http_error import BodyError, ClientGone

RECV_SIZE = 65_536  # bytes of one recv; a connection buffers at most this much beyond its limits
MAX_DISCARD = 1 << 26  # bytes that `discard` reads at most
MAX_DISCARD_TIME = 10.0  # seconds that `discard` takes at most
MAX_DISCARD_PAUSE = 2.0  # seconds that `discard` waits at most for the next bytes


class ReceiveBuffer:
    """The receiving side of one connection."""

    def __init__(self, sock: Any) -> None:
        self._socket = sock
        self._received = b""
        self._taken = 0  # bytes of `_received`; to cut them off each time would copy the rest each time

    @property
    def buffer(self) -> bytes:
        """The bytes that arrived and were not taken yet."""
        if self._taken:
            self._received, self._taken = self._received[self._taken :], 0
        return self._received

    def wait(self, seconds: float) -> bool:
        """Wait for the first bytes of a request. Returns False if none came, or if the client closed the connection."""
        if not self.is_buffered():
            try:
                self._add(self._receive(seconds))
            except (TimeoutError, ClientGone):
                return False
        return self.is_buffered()

    def is_buffered(self) -> bool:
        """True if `buffer` is not empty."""
        return self._taken < len(self._received)

    def has_data(self) -> bool:
        """True if bytes have arrived that were not read yet."""
        if self.is_buffered():
            return True
        try:
            return bool(self._socket.fd.recv(1, socket.MSG_PEEK))  # the socket under eventlet's does not wait
        except OSError:
            return False

    def receive_more(self, until: float) -> bool:
        """Receive more bytes into `buffer`. Returns False if the client sends no more. Raises TimeoutError after `until` (in
        time.monotonic() seconds), and ClientGone if the connection broke."""
        if (left := until - time.monotonic()) <= 0:
            raise TimeoutError
        data = self._receive(left)
        self._add(data)
        return bool(data)

    def take(self, size: int) -> bytes:
        """Remove and return the first `size` bytes of `buffer`."""
        data = self._received[self._taken : self._taken + size]
        self._taken += len(data)
        return data

    def read_some(self, most: int, timeout: float) -> bytes:
        """Return one to `most` bytes of a body. Raises BodyError if no bytes come within `timeout` seconds, or if the
        connection ended."""
        if not self.is_buffered():
            self._fill(timeout)
        return self.take(most)

    def read_line(self, longest: int, timeout: float) -> bytes:
        """Return the next line of a chunked body's framing, with its line end. Returns only the first `longest` bytes of a
        longer line. Raises BodyError like `read_some`."""
        while (end := self._received.find(b"\n", self._taken, self._taken + longest)) < 0:
            if len(self._received) - self._taken >= longest:
                return self.take(longest)
            self._fill(timeout)
        return self.take(end + 1 - self._taken)

    def discard(self) -> None:
        """Read and drop bytes until the client stops sending, or until a limit is reached."""
        self._received, self._taken = b"", 0
        until, left = time.monotonic() + MAX_DISCARD_TIME, MAX_DISCARD
        with suppress(TimeoutError, ClientGone):
            while left > 0 and (wait := until - time.monotonic()) > 0 and (data := self._receive(min(wait, MAX_DISCARD_PAUSE))):
                left -= len(data)
                eventlet.sleep(0)

    def _fill(self, timeout: float) -> None:
        try:
            data = self._receive(timeout)
        except TimeoutError as error:
            raise BodyError(408) from error
        except ClientGone as error:
            raise BodyError(400) from error
        if not data:
            raise BodyError(400)
        self._add(data)
        if len(data) == RECV_SIZE:
            eventlet.sleep(0)  # let other greenlets run, even if this client sends faster than we read

    def _add(self, data: bytes) -> None:
        self._received = self.buffer + data

    def _receive(self, seconds: float) -> bytes:
        self._socket.settimeout(seconds)
        try:
            data: bytes = self._socket.recv(RECV_SIZE)
        except TimeoutError:
            raise
        except (OSError, EOFError) as error:
            raise ClientGone from error
        return data
