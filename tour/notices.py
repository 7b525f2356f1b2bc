"""Waits for notifications. They arrive shortly after the change that they are about."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tour.client import Client
from tour.narrator import Broken

PATIENCE = 15.0  # seconds; normally it takes milliseconds
AT_ONCE = 5.0  # seconds; less than the interval of a stream's heartbeat, which also sends waiting notifications


def notice_about(api: Client, subject_id: str, *, template: str | None = None) -> dict[str, Any]:
    """Return the newest in-app notification about the subject (only of `template`, if given). Raises Broken if none
    comes."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        for notice in api.get("/notifications", limit=50)["items"]:
            if notice["subject_id"] == subject_id and template in (None, notice["template"]):
                return dict(notice)
        time.sleep(0.2)
    raise Broken(f"no notification about {subject_id} within {PATIENCE:.0f} s")


class Live:
    """The notifications that a page gets over its open stream."""

    def __init__(self) -> None:
        self._seen: list[dict[str, Any]] = []
        self._news = threading.Condition()

    def take(self, notice: dict[str, Any]) -> None:
        with self._news:
            self._seen.append(notice)
            self._news.notify_all()

    def about(self, subject_id: str, template: str) -> dict[str, Any]:
        """Wait for a notification about the subject. Raises Broken if none is pushed in time."""

        def found() -> list[dict[str, Any]]:
            return [one for one in self._seen if one.get("subject_id") == subject_id and one.get("template") == template]

        with self._news:
            if not self._news.wait_for(found, AT_ONCE):
                raise Broken(f"no {template} about {subject_id} was pushed within {AT_ONCE:.0f} s")
            return found()[0]


@contextmanager
def watching(api: Client) -> Iterator[Live]:
    """Keep the stream of a page open during the block. Raises Problem."""
    live = Live()
    with api.following("/notifications/stream", live.take):
        yield live
