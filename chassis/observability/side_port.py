"""The side port of a process, for operators and orchestrators: /livez, /readyz and /metrics."""

import time
from collections.abc import Callable, Iterable
from typing import Any

import orjson
from prometheus_client.exposition import choose_encoder

from chassis.observability import health, metrics, telemetry

log = telemetry.get_logger(__name__)
StartResponse = Callable[..., Any]
LAG_INTERVAL = 1.0  # seconds


def app(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
    """The WSGI application. /livez answers 200 as long as the event loop runs. /readyz answers 200 or 503, with all checks
    as JSON. /metrics answers in Prometheus's formats."""
    page = {"/livez": _alive, "/readyz": _ready, "/metrics": _metrics}.get(environ.get("PATH_INFO", ""))
    if page is None:
        return _answer(start_response, "404 Not Found", "text/plain; charset=utf-8", b"/livez /readyz /metrics\n")
    if environ.get("REQUEST_METHOD") not in ("GET", "HEAD"):
        return _answer(start_response, "405 Method Not Allowed", "text/plain", b"", ("Allow", "GET, HEAD"))
    status, content_type, body = page(environ)
    return _answer(start_response, status, content_type, b"" if environ["REQUEST_METHOD"] == "HEAD" else body)


def serve(address: str, port: int) -> int:
    """Serve on `address`:`port` in a greenlet, and measure the lag of the event loop in another one. Returns the port; the
    system chooses it if `port` is 0. Raises OSError if the port cannot be opened."""
    import eventlet
    import eventlet.wsgi

    socket = eventlet.listen((address, port))
    bound = int(socket.getsockname()[1])
    eventlet.spawn(eventlet.wsgi.server, socket, app, log_output=False, keepalive=False, socket_timeout=5)
    eventlet.spawn(_measure_lag)
    log.info("side port open", host=address, port=bound)
    return bound


def _measure_lag() -> None:
    import eventlet

    while True:
        before = time.monotonic()
        eventlet.sleep(LAG_INTERVAL)
        metrics.hub_lag.set(max(0.0, time.monotonic() - before - LAG_INTERVAL))


def _alive(_environ: dict[str, Any]) -> tuple[str, str, bytes]:
    return "200 OK", "text/plain; charset=utf-8", b"ok\n"


def _ready(_environ: dict[str, Any]) -> tuple[str, str, bytes]:
    report = health.report()
    return "200 OK" if report.ok else "503 Service Unavailable", "application/json", orjson.dumps(report.to_json())


def _metrics(environ: dict[str, Any]) -> tuple[str, str, bytes]:
    encode, content_type = choose_encoder(environ.get("HTTP_ACCEPT", ""))
    return "200 OK", content_type, encode(metrics.registry)


def _answer(start_response: StartResponse, status: str, content_type: str, body: bytes, *more: tuple[str, str]) -> list[bytes]:
    headers = [("Content-Type", content_type), ("Content-Length", str(len(body))), ("Cache-Control", "no-store"), *more]
    start_response(status, headers)
    return [body]
