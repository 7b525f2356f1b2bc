"""One log line, one metric and one span per request. They contain the route, not the address, which may hold private data."""

import time
from collections.abc import Iterable
from typing import Any

from flask import Flask, Response, g, request

from chassis.observability import telemetry
from gateway.http import current, metrics

log = telemetry.get_logger(__name__)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def install(app: Flask) -> None:
    app.before_request(_begin)
    app.after_request(_log)
    app.wsgi_app = _traced(app.wsgi_app)  # type: ignore[method-assign]


def _traced(inner: Any) -> Any:
    """`inner` in a span that continues the caller's trace. The span ends when the answer's headers are known."""

    def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        telemetry.traces.adopt({"traceparent": environ.get("HTTP_TRACEPARENT")})
        with telemetry.traces.span("request", "server"):
            answer: Iterable[bytes] = inner(environ, start_response)
        return answer

    return application


def _begin() -> None:
    g.started = time.perf_counter()


def _log(response: Response) -> Response:
    route = request.url_rule.rule if request.url_rule else "(none)"
    method = request.method if request.method in METHODS else "(other)"
    log_request(method, route, response.status_code, g.started, current.identity().party, g.get("refusal"))
    return response


def log_request(
    method: str, route: str, status: int, started: float, party: str = "anonymous", refusal: str | None = None
) -> None:
    """Write the log line, the metric and the span of an answered request. `started` is a value of time.perf_counter()."""
    duration = time.perf_counter() - started
    metrics.http_seconds.labels(method, route, status).observe(duration)
    _describe(method, route, status)
    if not route.startswith("/static/"):
        ms = round(duration * 1000, 1)
        log.info("request", method=method, route=route, status=status, ms=ms, party=party, refusal=refusal)


def _describe(method: str, route: str, status: int) -> None:
    attributes = {"http.request.method": method, "http.route": route, "http.response.status_code": status}
    telemetry.traces.describe(f"{method} {route}", failed=status >= 500, **attributes)
