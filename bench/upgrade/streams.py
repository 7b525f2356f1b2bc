"""Reads the district's event stream from a place."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from tour.client import API
from tour.sse import events

QUIET = 120  # seconds without a line after which a stream counts as broken


@contextmanager
def _lines(url: str, key: str, after: str, query: str = "") -> Iterator[Iterator[str]]:
    headers = {"X-API-Key": key, "Last-Event-ID": after}
    with urlopen(Request(f"{url}{API}/messages/stream{query}", headers=headers), timeout=QUIET) as answer:  # noqa: S310  our own address
        yield (line.decode().rstrip("\r\n") for line in answer)


def read(url: str, key: str, after: str, count: int, types: str = "") -> list[tuple[str, str]]:
    """(place, event id) of the next `count` messages after `after`, of all types or of `types`. Raises HTTPError if the stream
    is refused."""
    found: list[tuple[str, str]] = []
    with _lines(url, key, after, f"?types={types}" if types else "") as lines:
        for event in events(lines):
            found.append((event.id, json.loads(event.data)["id"]))
            if len(found) == count:
                break
    return found


def wait_until_readable(url: str, key: str, after: str, seconds: float) -> float:
    """Wait while the place is answered with 503. Returns the seconds that it took."""
    began = time.monotonic()
    while True:
        try:
            with _lines(url, key, after):
                return time.monotonic() - began
        except HTTPError as error:
            if error.code != 503 or time.monotonic() > began + seconds:
                raise
        time.sleep(0.5)
