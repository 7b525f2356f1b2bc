"""Parses server-sent events (WHATWG HTML, 9.2)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ServerSent:
    """One event of a stream. A client that reconnects sends `id` as Last-Event-ID."""

    event: str
    data: str
    id: str


def events(lines: Iterable[str]) -> Iterator[ServerSent]:
    """Yield the events in the lines of a stream. Comments and unknown fields are skipped. An incomplete event at the end of
    the stream is dropped."""
    event, last_id = "", ""
    data: list[str] = []
    for line in lines:
        if not line:
            if data:
                yield ServerSent(event or "message", "\n".join(data), last_id)
            event, data = "", []
            continue
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "event":
            event = value
        elif field == "data":
            data.append(value)
        elif field == "id":
            last_id = value
