"""Serve a WSGI application inside nameko.

    class GatewayService(Service):
        @wsgi
        def app(self) -> WSGIApplication: ...

The method is called once, when the service starts, and its application is served in one greenlet per request;
nameko's own `@http` would add a worker per request and turn HTTP errors into 500s. The server reads chunked bodies,
drops idle connections, and drains on SIGTERM: it stops accepting, answers what is in work, and ends streams, whose
clients come back with `Last-Event-ID`. A response that streams sets `environ["linli.stream"] = True`.
"""

import errno
import logging
import socket
import time
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import eventlet
from eventlet import wsgi as eventlet_wsgi
from greenlet import GreenletExit
from nameko.containers import WorkerContext
from nameko.extensions import Entrypoint
from nameko.web.server import HttpOnlyProtocol

from chassis.config import settings
from chassis.observability import telemetry

log = telemetry.get_logger(__name__)

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]
READ_TIMEOUT = 30.0  # seconds a client may take between bytes
KEEP_ALIVE = 75.0
PASSING = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM, errno.ECONNABORTED})


class Wsgi(Entrypoint):  # type: ignore[misc]  # nameko is untyped
    """The entrypoint behind `@wsgi`."""

    def setup(self) -> None:
        self._connections: dict[Any, list[Any]] = {}
        self._streams: set[Any] = set()
        self._stopping = False

    def start(self) -> None:
        config = settings()
        self._app = self._build()
        self._socket = eventlet.listen((config.bind, config.port), backlog=1024)
        self._socket.settimeout(None)
        # An answer goes out as head and body: without this the body would wait 40 ms for the client's delayed ACK of the
        # head. Connections inherit it.
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._server = eventlet_wsgi.Server(
            self._socket,
            self._socket.getsockname(),
            self._serve,
            protocol=HttpOnlyProtocol,
            log=logging.getLogger("linli.wsgi"),
            log_output=False,
            keepalive=KEEP_ALIVE,
            socket_timeout=READ_TIMEOUT,
            debug=False,
        )
        self._accepting = self.container.spawn_managed_thread(self._accept)

    def _build(self) -> Application:
        """The application, made by the service's method with its dependencies in place."""
        service = self.container.service_cls()
        worker = WorkerContext(self.container, service, self, (), {})
        self.container._inject_dependencies(worker)
        application: Application = getattr(service, self.method_name)()
        return application

    def _accept(self) -> None:
        while not self._stopping:
            try:
                client, address = self._socket.accept()
            except OSError as error:
                if self.is_stopping():
                    return
                if error.errno not in PASSING:
                    raise
                # Whoever came waits in the backlog until somebody else has gone.
                log.warning("cannot accept a connection now", error=error.strerror, open=len(self._connections))
                eventlet.sleep(0.1)
                continue
            client.settimeout(READ_TIMEOUT)
            self.container.spawn_managed_thread(partial(self._connection, client, address))

    def _connection(self, client: Any, address: Any) -> None:
        state = [address, client, eventlet_wsgi.STATE_IDLE]
        self._connections[client] = state
        try:
            self._server.process_request(state)
        except (OSError, GreenletExit):
            pass  # the client went away, or we did
        finally:
            del self._connections[client]

    def _serve(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        environ["wsgi.input_terminated"] = True  # eventlet ends the input itself, chunked or not
        environ["linli.stopping"] = self.is_stopping
        try:
            body = self._app(environ, start_response)
        except Exception:
            log.exception("the application failed", path=environ.get("PATH_INFO"))
            raise
        if environ.get("linli.stream"):
            environ["eventlet.minimum_write_chunk_size"] = 1
            return self._streamed(body)
        return body

    def _streamed(self, body: Iterable[bytes]) -> Iterable[bytes]:
        current = eventlet.getcurrent()
        self._streams.add(current)
        try:
            yield from body
        finally:
            self._streams.discard(current)
            if hasattr(body, "close"):
                body.close()

    def is_stopping(self) -> bool:
        return self._stopping

    def stop(self) -> None:
        """Drain: at most LINLI_DRAIN_TIMEOUT seconds for what is in work."""
        self._stopping = True
        self._accepting.kill()
        self._socket.close()
        for stream in list(self._streams):
            eventlet.kill(stream)
        end = time.monotonic() + settings().drain_timeout
        while self._connections and time.monotonic() < end:
            for client, state in list(self._connections.items()):
                if state[2] == eventlet_wsgi.STATE_IDLE:
                    _shut(client)
                state[2] = eventlet_wsgi.STATE_CLOSE
            eventlet.sleep(0.05)
        if self._connections:
            log.warning("requests cut off at shutdown", count=len(self._connections))


def _shut(client: Any) -> None:
    try:
        client.shutdown(2)
    except OSError:
        log.debug("client had gone")


wsgi = Wsgi.decorator
