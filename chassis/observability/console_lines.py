"""Log lines as text for people: `2026-11-22T14:21:55.329112Z [info     ] booked   [services.booking] method=book_space`."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import click

_COLOUR = {"debug": "green", "info": "green", "warning": "yellow", "error": "red", "critical": "red"}


def as_text(line: Mapping[str, Any], *, colours: bool = False) -> str:
    """Render one log line. `line` has `timestamp` (an aware datetime), `level`, `logger` and `event`. `stack` and
    `exception` are written below the line. With `colours`, the text has colour codes for a terminal."""

    def styled(text: str, **style: Any) -> str:
        return click.style(text, **style) if colours else text

    fields = dict(line)
    level, event, logger = fields.pop("level"), str(fields.pop("event")), fields.pop("logger")
    blocks = [str(fields.pop(name)) for name in ("stack", "exception") if name in fields]
    parts = [
        styled(instant(fields.pop("timestamp")), dim=True),
        f"[{styled(f'{level:<9}', fg=_COLOUR.get(level), bold=True)}]",
        styled(f"{event:<30}", bold=True),
        f"[{styled(logger, fg='blue', bold=True)}]",
        *(f"{styled(name, fg='cyan')}={styled(_shown(fields[name]), fg='magenta')}" for name in sorted(fields)),
    ]
    return "\n".join([" ".join(parts), *blocks])


def instant(at: datetime) -> str:
    """Return `at` (UTC) as 2026-11-22T14:21:55.329112Z."""
    return at.isoformat().replace("+00:00", "Z")


def _shown(value: Any) -> str:
    """Return the value as text. A string with white space, quotes or `=` gets quotes, so that its end is visible."""
    if not isinstance(value, str):
        return repr(value)
    return repr(value) if any(character in value for character in " \t\r\n=\"'") else value
