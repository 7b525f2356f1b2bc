"""One client connection. Its requests are read and answered one after the other."""

import socket
import time
from contextlib import suppress
from typing import Any

import eventlet

from chassis.observability import telemetry
from chassis.web.environ import Address, environ_of_connection, environ_of_request
from chassis.web.exchange import CLIENT_TIMEOUT, Exchange, Site, send_error
from chassis.web.http_error import ClientGone, HttpError
from chassis.web.receive_buffer import ReceiveBuffer
from chassis.web.request_body import Body, body_of
from chassis.web.request_head import Head, parse_head, read_head
from chassis.web.response import Response

log = telemetry.get_logger(__name__)

KEEP_ALIVE = 75.0  # seconds between two requests
MAX_TURN = 0.002  # seconds; then a client whose next request has already arrived lets other greenlets run
MAX_SKIP = 65_536  # bytes; a shorter rest of a body that the application did not read is skipped, to keep the connection


class Connection:
    """`begin_drain` may be called from another greenlet than `run`."""

    def __init__(self, sock: Any, client: Address, site: Site) -> None:
        self._socket, self._site = sock, site
        self._received = ReceiveBuffer(sock)
        self._shared = environ_of_connection(site.address, client) | {"linli.stopping": site.is_stopping}
        self._exchange: Exchange | None = None
        self._idle = True  # for a request
        self._draining = False

    def run(self) -> None:
        """Serve until the connection ends. Errors of the client or the application are not raised."""
        turn_began = time.monotonic()
        try:
            while self._serve_request():
                if time.monotonic() - turn_began > MAX_TURN and self._received.has_data():
                    eventlet.sleep(0)
                    turn_began = time.monotonic()
        except (ClientGone, OSError) as error:
            log.debug("a client has gone", error=type(error).__name__)
        finally:
            self._socket.close()

    def begin_drain(self) -> None:
        """Close the connection after the request in work, and after the requests that have already arrived."""
        self._draining = True
        if self._exchange is not None:
            self._exchange.begin_drain()
        elif self._idle and not self._received.has_data():
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)  # wakes the reader

    def _serve_request(self) -> bool:
        """Read and answer one request. Returns False if the connection must be closed. Raises ClientGone."""
        if self._draining and not self._received.has_data():
            return False
        self._idle = True
        arrived = self._received.wait(KEEP_ALIVE)
        self._idle = False
        if not arrived:
            return False
        raw = b""
        try:
            raw = read_head(self._received, CLIENT_TIMEOUT)
            head = parse_head(raw)
        except HttpError as error:
            send_error(self._site, self._socket, error.status, raw or self._received.buffer)
            self._linger()
            return False
        return self._serve(raw, head)

    def _serve(self, raw: bytes, head: Head) -> bool:
        body = body_of(head, self._received, CLIENT_TIMEOUT, self._send_continue)
        environ = environ_of_request(self._shared, head, body)
        response = Response(self._socket, CLIENT_TIMEOUT, head.method, head.version, lambda: self._may_keep_alive(head, body))
        self._exchange = Exchange(self._site, self._socket, raw, environ, body, response)
        try:
            complete = self._exchange.run()
        finally:
            self._exchange = None
        if complete and response.keep_alive:
            return body.skip(MAX_SKIP)
        if not body.done or self._received.is_buffered():
            self._linger()
        return False

    def _may_keep_alive(self, head: Head, body: Body) -> bool:
        return head.keep_alive and not self._draining and body.can_skip(MAX_SKIP)

    def _send_continue(self) -> None:
        """Answer to `Expect: 100-continue`. If the body has already arrived, the client did not wait for this answer."""
        if not self._received.is_buffered():
            self._socket.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")

    def _linger(self) -> None:
        """Read what the client still sends, for a limited time. If the connection were closed while the client is sending,
        the client would lose the answer."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_WR)
            self._received.discard()
