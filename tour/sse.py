"""Reading server-sent events (WHATWG HTML, 9.2) from an open answer."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ServerSent:
    """One event of a stream; `id` is what a client sends back as Last-Event-ID."""

    event: str
    data: str
    id: str


def events(lines: Iterable[str]) -> Iterator[ServerSent]:
    """The events in a stream's lines. Comments and fields that nobody uses are skipped; an event that the stream broke
    off in is not given."""
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
