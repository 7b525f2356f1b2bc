"""Residents who book and cancel through nginx. Two always want the same time, and every request is repeated with its
Idempotency-Key until it is answered, as a page does whose connection was lost."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import chain
from queue import Empty, SimpleQueue
from typing import Any
from uuid import uuid4

import requests

from tests.patience import eventually
from tour.client import Problem
from tour.people import RESIDENTS, People, Person

PAUSE = 0.5  # seconds between two requests of one resident
GIVE_UP = 90.0  # seconds after which a request counts as never answered
LATER = frozenset({503, 429})  # with a code and Retry-After: refused cleanly, and asked again
IN_FLIGHT = "idempotency_key_in_flight"
CANCELS = 3  # every third booking is given up again


@dataclass(slots=True)
class Asked:
    """One request and what became of it: done, refused with a code, or neither yet. `unclean` are answers that tell a
    person nothing: broken connections, errors without words."""

    path: str
    done: bool = False
    refused: str = ""
    body: dict[str, Any] = field(default_factory=dict)
    attempts: int = 0
    seconds: float = 0.0
    unclean: list[str] = field(default_factory=list)

    @property
    def final(self) -> bool:
        return self.done or bool(self.refused)

    def hear(self, problem: Problem) -> None:
        later = problem.code == IN_FLIGHT or (problem.status in LATER and problem.retry_after > 0)
        if not problem.code or (problem.status >= 500 and not later):
            self.unclean.append(str(problem))
        elif not later:
            self.refused = problem.code


class Bookers:
    """The demo's residents, each on a thread, from `start()` to `stop()`."""

    def __init__(self, url: str, slots: Iterator[dict[str, Any]]) -> None:
        self.asked: list[Asked] = []
        self._url = url
        self._wishes: SimpleQueue[dict[str, Any]] = SimpleQueue()
        for slot in slots:
            for _ in range(2):
                self._wishes.put(slot)
        people = People(url)
        self._stopping = threading.Event()
        self._patience = threading.Event()  # never set: what was begun is asked to its end
        self._threads = [
            threading.Thread(target=self._live, args=(people.resident(name),), name=name, daemon=True) for name in RESIDENTS
        ]

    def booked(self) -> set[str]:
        return {asked.body["id"] for asked in list(self.asked) if asked.done and asked.path == "/bookings"}

    def cancelled(self) -> set[str]:
        return {asked.body["id"] for asked in list(self.asked) if asked.done and asked.path != "/bookings"}

    def answered(self) -> int:
        return sum(asked.final for asked in list(self.asked))

    def _live(self, who: Person) -> None:
        while not self._stopping.wait(PAUSE):
            try:
                wish = self._wishes.get_nowait()
            except Empty:
                return
            booking = self._ask(who, "/bookings", wish)
            if booking.done and len(self.asked) % CANCELS == 0:
                self._ask(who, f"/bookings/{booking.body['id']}/cancel", {})

    def _ask(self, who: Person, path: str, body: dict[str, Any]) -> Asked:
        asked, key, began = Asked(path), str(uuid4()), time.monotonic()
        self.asked.append(asked)
        while not asked.final and time.monotonic() - began < GIVE_UP:
            asked.attempts += 1
            try:
                asked.body, asked.done = who.api.post(path, body, key=key), True
            except Problem as problem:
                asked.hear(problem)
            except requests.RequestException as error:
                asked.unclean.append(type(error).__name__)
            if not asked.final:
                self._patience.wait(0.3)
        asked.seconds = time.monotonic() - began
        return asked

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Every request that was begun is answered, or given up, when this returns."""
        self._stopping.set()
        for thread in self._threads:
            thread.join()


@contextmanager
def booking_residents(url: str) -> Iterator[Bookers]:
    """The block runs while residents book; before it the first are answered, and after it some more."""
    bookers = Bookers(url, free_slots(url))
    bookers.start()
    try:
        eventually(lambda: bookers.answered() >= 20, seconds=60)
        yield bookers
        over = bookers.answered()
        eventually(lambda: bookers.answered() >= over + 20, seconds=60)
    finally:
        bookers.stop()


def free_slots(url: str) -> Iterator[dict[str, Any]]:
    """Half hours of the courts that nobody has booked, those of all courts in turn, from tomorrow on."""
    api = People(url).resident("wang").api
    start = datetime.now(UTC) + timedelta(days=1)
    window = {"from": start.isoformat(), "to": (start + timedelta(days=12)).isoformat()}
    courts = api.items("/spaces", kind="court")
    free = [api.get(f"/spaces/{court['id']}/availability", **window)["free"] for court in courts]
    by_court = [list(_half_hours(court["id"], spans)) for court, spans in zip(courts, free, strict=True)]
    return chain.from_iterable(zip(*by_court, strict=False))


def _half_hours(space_id: str, spans: list[dict[str, str]]) -> Iterator[dict[str, Any]]:
    half = timedelta(minutes=30)
    for span in spans:
        opens, closes = (datetime.fromisoformat(span[end]) for end in ("starts_at", "ends_at"))
        at = opens + (half - timedelta(minutes=opens.minute, seconds=opens.second, microseconds=opens.microsecond)) % half
        while at + half <= closes:
            yield {"space_id": space_id, "starts_at": at.isoformat(), "ends_at": (at + half).isoformat(), "attendees": 2}
            at += half
