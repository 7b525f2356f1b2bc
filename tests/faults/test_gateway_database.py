"""M2: the gateway's own database is cut off, takes no more connections, or is locked, while requests are being answered."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import Any
from uuid import uuid4

import pytest
import requests
from sqlalchemy import text

from gateway.http.session_cache import CHANNEL
from tests.faults.gateway_side import GatewaySide
from tests.faults.gateway_table import Held
from tests.faults.load import FULL
from tests.faults.report import Report
from tests.faults.trial import for_seconds
from tests.patience import eventually
from tour.people import RESIDENTS, People

SLOWEST = 15.0  # seconds; a request waits 5 s for a lock and 5 s for a connection of the pool
PAUSE = 0.1  # seconds between two requests of a person
FULL_LENGTH = 20.0  # seconds that a fault lasts; a short round of a lock is longer than the time that is waited for it
RECOVERY = 20.0  # seconds after which every request must be answered
END_OTHERS = text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = 'gateway'"
)
# The gateway caches sessions for 10 s, and needs no database for these.
FORGET_SESSIONS = text(f"NOTIFY {CHANNEL}")


@contextmanager
def cut(side: GatewaySide) -> Iterator[None]:
    """All connections end, and new ones are refused."""
    with side.connected("postgres") as connection:
        with side.connected("gateway") as inside:
            connection.execute(text("ALTER DATABASE gateway ALLOW_CONNECTIONS false"))
            inside.execute(FORGET_SESSIONS)
        try:
            connection.execute(END_OTHERS)
            yield
        finally:
            connection.execute(text("ALTER DATABASE gateway ALLOW_CONNECTIONS true"))


@contextmanager
def full(side: GatewaySide) -> Iterator[None]:
    """Somebody else holds the only connection that is allowed."""
    with side.connected("gateway") as connection:
        connection.execute(text("ALTER DATABASE gateway CONNECTION LIMIT 1"))
        connection.execute(FORGET_SESSIONS)
        try:
            connection.execute(END_OTHERS)
            yield
        finally:
            connection.execute(text("ALTER DATABASE gateway CONNECTION LIMIT -1"))


@contextmanager
def locked(side: GatewaySide) -> Iterator[None]:
    """Somebody holds the strongest lock on the tables of accounts and sessions."""
    with side.connected("gateway") as connection, side.connected("gateway") as other:
        connection.execute(text("BEGIN"))
        connection.execute(text("LOCK TABLE session, account IN ACCESS EXCLUSIVE MODE"))
        other.execute(FORGET_SESSIONS)
        try:
            yield
        finally:
            connection.execute(text("ROLLBACK"))


@dataclass
class Person:
    """Reports cases one after the other, and looks at their own account in between. Each report is repeated with its
    Idempotency-Key until it is answered."""

    side: GatewaySide
    headers: dict[str, str]
    texts: list[str] = field(default_factory=list)  # of the reports, each is unique
    answered: int = 0
    answers: Counter[int] = field(default_factory=Counter)
    unhurried: int = 0  # answers 503 without Retry-After
    slowest: float = 0.0

    def work(self, stop: Event) -> None:
        while not stop.wait(PAUSE):
            self.texts.append(f"路灯不亮 {uuid4()}")
            key = uuid4().hex
            body = {"channel": "suggestion_box", "category": "centre-suggestion", "text": self.texts[-1]}
            while self._ask("POST", "/cases", json=body, headers={"Idempotency-Key": key}) != 201:
                for_seconds(PAUSE)
            self.answered += 1
            self._ask("GET", "/me")

    def _ask(self, method: str, path: str, **options: Any) -> int:
        headers = self.headers | options.pop("headers", {})
        began = time.monotonic()
        answer = requests.request(method, f"{self.side.api}{path}", headers=headers, timeout=60, **options)
        self.slowest = max(self.slowest, time.monotonic() - began)
        self.answers[answer.status_code] += 1
        self.unhurried += answer.status_code == 503 and not answer.headers.get("Retry-After", "").isdigit()
        return answer.status_code


def reports(side: GatewaySide, people: list[Person]) -> Counter[str]:
    """How many cases have the text of each report."""
    texts = [one for person in people for one in person.texts]
    with side.connected("cases") as connection:
        found = connection.scalars(text("SELECT text FROM cases WHERE text = ANY(:texts)"), {"texts": texts})
        return Counter(found)


@pytest.mark.parametrize(
    ("code", "title", "fault", "short"),
    [
        ("M2a", "the gateway's database is cut off under load", cut, 3.0),
        ("M2b", "the gateway's database takes no more connections, under load", full, 3.0),
        ("M2c", "the gateway's tables of accounts and sessions are locked under load", locked, 7.0),
    ],
    ids=["cut", "full", "locked"],
)
def test_gateway_without_its_database(
    gateway_side: GatewaySide,
    report: Report,
    code: str,
    title: str,
    fault: Callable[[GatewaySide], AbstractContextManager[None]],
    short: float,
) -> None:
    gateway_side.clear_limits()
    signed_in = People(gateway_side.url)
    people = [
        Person(gateway_side, {"Authorization": str(signed_in.resident(name).api._http.headers["Authorization"])})
        for name in RESIDENTS
    ]
    stop = Event()
    threads = [Thread(target=person.work, args=(stop,)) for person in people]
    for thread in threads:
        thread.start()
    try:
        eventually(lambda: all(person.answered >= 3 for person in people), seconds=30)
        with fault(gateway_side):
            for_seconds(FULL_LENGTH if FULL else short)
        over, before = time.monotonic(), [len(person.texts) for person in people]
        pairs = list(zip(people, before, strict=True))
        eventually(lambda: all(person.answered >= count for person, count in pairs), seconds=RECOVERY)
        recovery = time.monotonic() - over
        eventually(lambda: all(person.answered >= count + 3 for person, count in pairs), seconds=30)
    finally:
        stop.set()
        for thread in threads:
            thread.join(90)
    answers: Counter[int] = sum((person.answers for person in people), Counter())
    sent, found = [one for person in people for one in person.texts], reports(gateway_side, people)
    lost, doubled = sum(found[one] == 0 for one in sent), sum(count - 1 for count in found.values())
    slowest = max(person.slowest for person in people)
    assert answers.keys() <= {200, 201, 503} and answers[503], answers
    assert sum(person.unhurried for person in people) == 0
    assert (lost, doubled) == (0, 0)
    assert slowest < SLOWEST
    report.gateway.append(
        Held(
            code,
            title,
            f"503 with Retry-After; no answer after more than {SLOWEST:.0f} s; nothing is lost or done twice",
            f"{answers[503]} of {answers.total()} answers were 503, all with Retry-After; the slowest took {slowest:.1f} s; "
            f"{len(sent)} reports, {lost} lost, {doubled} done twice; all answered {recovery:.1f} s after the fault",
        )
    )
