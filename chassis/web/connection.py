"""One client connection. Its requests are read and answered one after the other."""

import socket
import time
from contextlib import suppress
from typing import Any

import eventlet

from chassis.observability import telemetry
from chassis.web.environ import Address, environ_of_connection, environ_of_request
from chassis.web.exchange import PATIENCE, Exchange, Site, refuse
from chassis.web.http_error import ClientGone, HttpError
from chassis.web.incoming import Incoming
from chassis.web.request_body import Body, body_of
from chassis.web.request_head import Head, parse_head, read_head
from chassis.web.response import Response

log = telemetry.get_logger(__name__)

KEEP_ALIVE = 75.0  # seconds between two requests
TURN = 0.002  # seconds; then a client whose next request has already arrived lets other greenlets run
SKIP = 65_536  # bytes; a shorter rest of a body that the application did not read is skipped, to keep the connection


class Connection:
    """`begin_drain` may be called from another greenlet than `run`."""

    def __init__(self, sock: Any, client: Address, site: Site) -> None:
        self._socket, self._site = sock, site
        self._incoming = Incoming(sock)
        self._shared = environ_of_connection(site.address, client) | {"linli.stopping": site.is_stopping}
        self._exchange: Exchange | None = None
        self._waits = True  # for a request
        self._draining = False

    def run(self) -> None:
        """Serve until the connection ends. Errors of the client or the application are not raised."""
        turn_began = time.monotonic()
        try:
            while self._serve_one():
                if time.monotonic() - turn_began > TURN and self._incoming.has_some():
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
        elif self._waits and not self._incoming.has_some():
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)  # wakes the reader

    def _serve_one(self) -> bool:
        """Read and answer one request. Returns False if the connection must be closed. Raises ClientGone."""
        if self._draining and not self._incoming.has_some():
            return False
        self._waits = True
        arrived = self._incoming.wait(KEEP_ALIVE)
        self._waits = False
        if not arrived:
            return False
        raw = b""
        try:
            raw = read_head(self._incoming, PATIENCE)
            head = parse_head(raw)
        except HttpError as error:
            refuse(self._site, self._socket, error.status, raw or self._incoming.buffer)
            self._linger()
            return False
        return self._serve(raw, head)

    def _serve(self, raw: bytes, head: Head) -> bool:
        body = body_of(head, self._incoming, PATIENCE, self._ask_for_body)
        environ = environ_of_request(self._shared, head, body)
        response = Response(self._socket, PATIENCE, head.method, head.version, lambda: self._may_go_on(head, body))
        self._exchange = Exchange(self._site, self._socket, raw, environ, body, response)
        try:
            complete = self._exchange.run()
        finally:
            self._exchange = None
        if complete and response.keep_alive:
            return body.skip(SKIP)
        if not body.done or self._incoming.is_buffered():
            self._linger()
        return False

    def _may_go_on(self, head: Head, body: Body) -> bool:
        return head.keep_alive and not self._draining and body.can_skip(SKIP)

    def _ask_for_body(self) -> None:
        """Answer to `Expect: 100-continue`. If the body has already arrived, the client did not wait for this answer."""
        if not self._incoming.is_buffered():
            self._socket.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")

    def _linger(self) -> None:
        """Read what the client still sends, for a limited time. If the connection were closed while the client is sending,
        the client would lose the answer."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_WR)
            self._incoming.discard()
