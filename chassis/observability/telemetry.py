"""Correlation ids. All log lines from an HTTP request to the last consumer of its messages have the same id.

    log = telemetry.get_logger(__name__)
    telemetry.adopt(message.headers)              # from now on, this greenlet works for the request behind the message
    telemetry.bind(service="booking", method="book_space")
    log.info("booked", booking_id=booking.id)     # {"event": "booked", "correlation": "…", "service": "booking", …}

Each greenlet has its own context, which is empty at first.
"""

import re
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any

from uuid_utils.compat import uuid7

from chassis.observability import logs, metrics, traces
from chassis.observability.logs import bind, get_logger, set_up_logging

__all__ = ["adopt", "bind", "correlation_id", "get_logger", "metrics", "outgoing_headers", "set_up_logging", "traces"]

CORRELATION = "correlation-id"
_ACCEPTABLE = re.compile(r"[\w.:\-]{1,128}")
_correlation: ContextVar[str] = ContextVar("correlation", default="")


def correlation_id() -> str:
    """Return the correlation id of this greenlet. Creates one if there is none."""
    if not (current := _correlation.get()):
        current = _set_correlation(uuid7().hex)
    return current


def adopt(headers: Mapping[str, Any]) -> None:
    """Start work for a request or message. Takes `correlation-id` and `traceparent` from `headers`. Creates a correlation id
    if it is missing or unsuitable for a log line. Removes all bound log fields."""
    logs.clear_bound()
    received_id = headers.get(CORRELATION)
    _set_correlation(received_id if isinstance(received_id, str) and _ACCEPTABLE.fullmatch(received_id) else uuid7().hex)
    traces.adopt(headers)


def outgoing_headers() -> dict[str, str]:
    """Return the headers for a message or call: `correlation-id`, and `traceparent` if this work is traced."""
    return {CORRELATION: correlation_id(), **traces.outgoing()}


def _set_correlation(value: str) -> str:
    _correlation.set(value)
    bind(correlation=value)
    return value
