"""Serves a WSGI application inside nameko.

    class PortalService(Service):
        @wsgi
        def app(self) -> Application: ...

The method is called once, when the service starts. Each connection is served in one greenlet. nameko's own `@http` is not
used, because it adds a worker for each request and turns HTTP errors into 500s. `@wsgi(problem=…)` sets the function that
renders errors of the server itself (chassis.web.http_error).

SIGTERM drains: no connection is accepted, requests in work are answered, and streams end. Their clients reconnect with
`Last-Event-ID`. A streaming response sets `environ["linli.stream"] = True`. `environ["linli.stopping"]()` is True while the
service is stopping.
"""

import errno
import socket
import time
from functools import partial
from typing import Any

import eventlet
from nameko.containers import WorkerContext
from nameko.extensions import Entrypoint

from chassis.config import settings
from chassis.observability import telemetry
from chassis.web.connection import Connection
from chassis.web.exchange import Application, Site
from chassis.web.http_error import Problem, plain_problem

log = telemetry.get_logger(__name__)

TEMPORARY_ERRORS = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM, errno.ECONNABORTED})


class Wsgi(Entrypoint):  # type: ignore[misc]  # nameko is untyped
    """The nameko entrypoint of `@wsgi`."""

    def __init__(self, problem: Problem = plain_problem, **kwargs: Any) -> None:
        self._problem = problem
        super().__init__(**kwargs)

    def setup(self) -> None:
        self._connections: set[Connection] = set()
        self._stopping = False

    def start(self) -> None:
        config, application = settings(), self._build()
        self._socket = eventlet.listen((config.bind, config.port), backlog=1024)
        self._socket.settimeout(None)
        # Parts of a stream must not wait for the client's delayed ACK. Accepted connections inherit this option.
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        name, address = self.container.service_name, self._socket.getsockname()
        self._site = Site(application, self._problem, name, address, self.is_stopping)
        self._accepting = self.container.spawn_managed_thread(self._accept)

    def is_stopping(self) -> bool:
        return self._stopping

    def stop(self) -> None:
        """Drain. Requests in work get at most LINLI_DRAIN_TIMEOUT seconds."""
        self._stopping = True
        self._accepting.kill()
        self._socket.close()
        for connection in list(self._connections):
            connection.begin_drain()
        end = time.monotonic() + settings().drain_timeout
        while self._connections and time.monotonic() < end:
            eventlet.sleep(0.05)
        if self._connections:
            log.warning("requests cut off at shutdown", count=len(self._connections))

    def _build(self) -> Application:
        """Create the service with its dependencies, and call the method that returns the application."""
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
                if error.errno not in TEMPORARY_ERRORS:
                    raise
                # The new client waits in the kernel's backlog until another connection is closed.
                log.warning("cannot accept a connection now", error=error.strerror, open=len(self._connections))
                eventlet.sleep(0.1)
                continue
            connection = Connection(client, address, self._site)
            self._connections.add(connection)
            self.container.spawn_managed_thread(partial(self._serve, connection))

    def _serve(self, connection: Connection) -> None:
        try:
            connection.run()
        finally:
            self._connections.discard(connection)


wsgi = Wsgi.decorator
