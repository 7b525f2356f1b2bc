"""One request and its response: calls the application and sends its response, or sends an error of the server."""

import socket
import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import eventlet
from greenlet import GreenletExit

from chassis.observability import telemetry
from chassis.observability.metrics import http_seconds, refusals
from chassis.web.environ import Address, Environ
from chassis.web.http_error import CODES, ClientGone, HttpError, Problem
from chassis.web.request_body import Body
from chassis.web.response import Response

log = telemetry.get_logger(__name__)

CLIENT_TIMEOUT = 30.0  # seconds for a complete head, for the next part of a body, and for a client that does not read
Application = Callable[[Environ, Any], Iterable[bytes]]


@dataclass(frozen=True, slots=True)
class Site:
    """What is served: the application, the function that renders errors of the server, the service's name for metrics, the
    address that the server listens on, and whether the server is stopping."""

    application: Application
    problem: Problem
    name: str
    address: Address
    is_stopping: Callable[[], bool]


class Exchange:
    """`head` is the raw head of the request."""

    def __init__(self, site: Site, sock: Any, head: bytes, environ: Environ, body: Body, response: Response) -> None:
        self._site, self._socket = site, sock
        self._head, self._environ, self._body = head, environ, body
        self._response = response
        self._greenlet = eventlet.getcurrent()
        self._streaming = self._draining = False

    def run(self) -> bool:
        """Send the response. Returns False if it is an error of the server, or incomplete. Raises ClientGone."""
        try:
            self._call_application()
            return True
        except ClientGone:
            raise
        except HttpError as error:
            status = error.status
        except (Exception, eventlet.Timeout):
            log.exception("the application failed", method=self._environ["REQUEST_METHOD"], sent=self._response.head_sent)
            status = 500
        if self._response.head_sent:
            _reset(self._socket)
        else:
            send_error(self._site, self._socket, status, self._head, self._environ["REQUEST_METHOD"])
        return False

    def begin_drain(self) -> None:
        """End a stream with its last chunk. Other responses end by themselves."""
        self._draining = True
        if self._streaming and not self._response.sending:
            eventlet.kill(self._greenlet)

    def _call_application(self) -> None:
        parts = self._site.application(self._environ, self._response.start)
        try:
            if self._body.error:
                raise self._body.error  # the application saw only a part of the body, so its response is useless
            if self._environ.get("linli.stream"):
                self._send_stream(parts)
            else:
                self._response.send_all(parts)
        finally:
            if hasattr(parts, "close"):
                parts.close()

    def _send_stream(self, parts: Iterable[bytes]) -> None:
        """Send each part at once. `begin_drain` raises GreenletExit in a stream that waits. The stream may catch it and yield
        a last part."""
        self._streaming = True
        try:
            for part in parts:
                self._response.send_part(part)
                if self._draining:
                    break
        except GreenletExit:
            if not self._draining or self._response.sending:
                raise
        finally:
            self._streaming = False
        self._response.finish()


def send_error(site: Site, sock: Any, status: int, head: bytes, method: str = "GET") -> None:
    """Send an error of the server. The connection must be closed afterwards. Nothing of the request is logged, because its
    address may hold personal data. Raises ClientGone."""
    telemetry.adopt({})
    code = CODES[status][0]
    log.info("request refused", status=status, refusal=code)
    refusals.labels(site.name, code).inc()
    http_seconds.labels("(other)", "(none)", status).observe(0)
    headers, body = site.problem(status, head)
    response = Response(sock, CLIENT_TIMEOUT, method, "HTTP/1.1", lambda: False)
    response.start(f"{status} {HTTPStatus(status).phrase}", headers)
    response.finish(body)


def _reset(sock: Any) -> None:
    """Reset the connection. If it were closed normally, a response without a length would look complete to the client."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()
