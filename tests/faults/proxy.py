"""A TCP proxy before the broker, which cuts, refuses and stalls on command."""

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

RESET = struct.pack("ii", 1, 0)  # SO_LINGER: closing sends RST, as a rebooted machine would
OUT, IN = "out", "in"  # from the services to the broker, and back


class Proxy:
    """Listens on a port of its own and leads to `target` (a port of the loopback address)."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._gates = {OUT: threading.Event(), IN: threading.Event()}
        for gate in self._gates.values():
            gate.set()
        self._connections: set[socket.socket] = set()
        self._server: socket.socket | None = None
        self.port = 0
        self.accept()

    def accept(self) -> None:
        """Take connections, on the port of before."""
        self._server = socket.create_server(("127.0.0.1", self.port), reuse_port=True)
        self.port = self._server.getsockname()[1]
        threading.Thread(target=self._serve, args=(self._server,), daemon=True).start()

    def refuse(self) -> None:
        """Take no more connections, and cut those there are."""
        if self._server is not None:
            with suppress(OSError):
                self._server.shutdown(socket.SHUT_RDWR)
            self._server.close()
            self._server = None
        self.cut()

    def cut(self) -> None:
        """Reset every connection; new ones are welcome."""
        for connection in list(self._connections):
            with suppress(OSError):
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()
        self._connections.clear()

    @contextmanager
    def stalled(self, *directions: str) -> Iterator[None]:
        """What is sent in these directions stays where it is, with no error to anybody, until the block ends."""
        for direction in directions:
            self._gates[direction].clear()
        try:
            yield
        finally:
            for direction in directions:
                self._gates[direction].set()

    def close(self) -> None:
        for gate in self._gates.values():
            gate.set()
        self.refuse()

    def _serve(self, server: socket.socket) -> None:
        while True:
            try:
                near, _ = server.accept()
                far = socket.create_connection(("127.0.0.1", self._target))
            except ConnectionRefusedError:
                near.close()
                continue
            except OSError:
                return
            for connection in (near, far):
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._connections |= {near, far}
            for source, sink, direction in ((near, far, OUT), (far, near, IN)):
                threading.Thread(target=self._carry, args=(source, sink, self._gates[direction]), daemon=True).start()

    def _carry(self, source: socket.socket, sink: socket.socket, gate: threading.Event) -> None:
        try:
            while data := source.recv(65536):
                gate.wait()
                sink.sendall(data)
        except OSError:
            pass
        for connection in (source, sink):
            self._connections.discard(connection)
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()
