"""One correlation id from the HTTP request to the last consumer's log line; and what every line and metric carries.

    log = telemetry.get_logger(__name__)
    telemetry.adopt(message.headers)              # this greenlet now works for that request
    telemetry.bind(service="booking", method="book_space")
    log.info("booked", booking_id=booking.id)     # {"event": "booked", "correlation": "…", "service": "booking", …}

Every greenlet has a context of its own and starts with an empty one.
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
    """The id of the request or message that this work belongs to; a new one where there is none."""
    if not (current := _correlation.get()):
        current = _set_correlation(uuid7().hex)
    return current


def adopt(headers: Mapping[str, Any]) -> None:
    """Begin a piece of work: it belongs to the request whose `correlation-id` (and `traceparent`) came in `headers`,
    or to a new one where they are missing or not fit for a log line. Forgets what was bound before."""
    logs.clear_bound()
    given = headers.get(CORRELATION)
    _set_correlation(given if isinstance(given, str) and _ACCEPTABLE.fullmatch(given) else uuid7().hex)
    traces.adopt(headers)


def outgoing_headers() -> dict[str, str]:
    """What a message or call carries so that its consumers' work can be followed: `correlation-id`, and
    `traceparent` if the work is traced."""
    return {CORRELATION: correlation_id(), **traces.outgoing()}


def _set_correlation(value: str) -> str:
    _correlation.set(value)
    bind(correlation=value)
    return value
