"""The correlation id of a request: the caller's id if it is valid, otherwise a new one. It is returned in a header."""

import re

from flask import Flask, Response, g, request

from chassis.observability import telemetry

HEADER = "X-Request-ID"
_REQUEST_ID = re.compile(r"[A-Za-z0-9._\-]{8,64}")


def install(app: Flask) -> None:
    app.before_request(_begin)
    app.after_request(_add_header)


def _begin() -> None:
    traceparent = request.headers.get("traceparent")
    telemetry.adopt({telemetry.CORRELATION: chosen_id(request.headers.get(HEADER), traceparent), "traceparent": traceparent})
    telemetry.bind(service="gateway")
    g.correlation_id = telemetry.correlation_id()


def chosen_id(request_id: str | None, traceparent: str | None) -> str | None:
    """The id that the caller chose, from either header. None if there is none, or if it is not valid."""
    if request_id and _REQUEST_ID.fullmatch(request_id):
        return request_id
    return telemetry.traces.id_in({telemetry.traces.TRACEPARENT: traceparent})


def _add_header(response: Response) -> Response:
    response.headers[HEADER] = g.get("correlation_id", "")
    return response
