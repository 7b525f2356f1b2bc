"""What became of a load: lost, repeated, out of order, parked, and how long it took to get over it."""

import time
from collections import Counter, defaultdict
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from tests.faults.load import FULL, Load, Sent, one_request
from tests.faults.sides import Side
from tests.patience import eventually

QUIET = 1.5  # seconds without a change after which a side is asked whether it works again

STOCK_PATIENCE = 20.0  # seconds that a short round gives the stock side


@dataclass(frozen=True, slots=True)
class Verdict:
    """`lost`: requests without effect, and effects that were not heard of (parked and held ones are not lost).
    `unexpected`: heard of, and never committed. `recovery`: seconds from the end of the fault until everything that
    was begun before it ended was answered and heard; None where that never came."""

    sent: int
    lost: int
    duplicated: int
    reordered: int
    unexpected: int
    parked: int
    recovery: float | None
    slowest_answer: float
    deaths: int
    unanswered: int

    @property
    def clean(self) -> bool:
        return not (self.lost or self.duplicated or self.reordered or self.unexpected or self.deaths or self.unanswered)


@dataclass
class Books:
    """The rows of one load."""

    done: list[Any]
    heard: list[Any]
    unsettled: int  # in the inbox: retrying, held or parked
    parked: int
    moving: bool  # what is unsettled is about to be tried again

    @classmethod
    def of(cls, side: Side, label: str) -> "Books":
        like = f"{label}-%"
        done = side.rows(
            "tally",
            "SELECT request, counter, version, extract(epoch FROM at)::float AS at FROM done WHERE counter LIKE :like",
            like=like,
        )
        # One snapshot: a message that is settled between two reads would be missing from both.
        with side.snapshot("listener") as rows:
            heard = rows(
                "SELECT request, counter, version, extract(epoch FROM at)::float AS at FROM heard "
                "WHERE counter LIKE :like ORDER BY seq",
                like=like,
            )
            states = dict(
                tuple(row)
                for row in rows(
                    "SELECT state, count(*) FROM inbox WHERE state IN ('retrying', 'held', 'parked') "
                    "AND position(convert_to(:inside, 'UTF8') IN payload) > 0 GROUP BY state",
                    inside=f'"{label}-',
                )
            )
        parked = states.get("parked", 0)
        moving = "retrying" in states or ("held" in states and not parked)
        return cls(done, heard, sum(states.values()), parked, moving)

    @property
    def not_heard(self) -> set[Any]:
        return {(r.counter, r.version) for r in self.done} - {(r.counter, r.version) for r in self.heard}

    @property
    def complete(self) -> bool:
        return len(self.not_heard) <= self.unsettled


def settle(side: Side, label: str, load: Load, over: float, *, deaths_since: int, bound: float) -> Verdict:
    """Waits until the side is through, or until it works again and what is missing has still not come, and counts."""
    last: dict[str, Any] = {"size": None, "at": time.monotonic()}

    def through() -> bool:
        books = Books.of(side, label)
        size = (len(books.done), len(books.heard), books.unsettled)
        if size != last["size"]:
            last.update(size=size, at=time.monotonic())
        if books.complete or side.name == "linli":
            return books.complete and not books.moving
        return time.monotonic() - last["at"] > QUIET and one_request(side)

    # Stock nameko does not come back from some faults. Nothing is asserted of it, so a short round does not wait that out.
    patience = bound * 1.5 if FULL or side.name == "linli" else STOCK_PATIENCE
    with suppress(AssertionError):
        eventually(through, seconds=patience, every=0.1)
    return judge(Books.of(side, label), load.sent, over, side.deaths(deaths_since))


def judge(books: Books, sent: list[Sent], over: float, deaths: int) -> Verdict:
    effects = Counter(row.request for row in books.done)
    heard = Counter((row.counter, row.version) for row in books.heard)
    committed = {(row.counter, row.version) for row in books.done}
    answered = [request for request in sent if request.answered]
    return Verdict(
        sent=len(sent),
        lost=sum(request.request not in effects for request in answered) + max(0, len(books.not_heard) - books.unsettled),
        duplicated=sum(n - 1 for n in effects.values()) + sum(n - 1 for n in heard.values()),
        reordered=_reordered(books.heard),
        unexpected=len(set(heard) - committed),
        parked=books.parked,
        recovery=_recovery(books, sent, over),
        slowest_answer=max((request.slowest for request in sent), default=0.0),
        deaths=deaths,
        unanswered=len(sent) - len(answered),
    )


def _reordered(heard: list[Any]) -> int:
    """Messages that were first heard after a later one of their counter."""
    highest: dict[str, int] = defaultdict(int)
    seen, late = set(), 0
    for row in heard:
        if (row.counter, row.version) in seen:
            continue
        seen.add((row.counter, row.version))
        late += row.version < highest[row.counter]
        highest[row.counter] = max(highest[row.counter], row.version)
    return late


def _recovery(books: Books, sent: list[Sent], over: float) -> float | None:
    if books.not_heard and not books.complete:
        return None
    first_heard: dict[Any, float] = {}
    for row in books.heard:
        first_heard.setdefault((row.counter, row.version), row.at)
    begun = [request for request in sent if request.began <= over]
    if any(not request.answered for request in begun):
        return None
    moments = [request.answered for request in begun]
    early = {(row.counter, row.version) for row in books.done if row.at <= over}
    moments += [at for message, at in first_heard.items() if message in early]
    return max(0.0, max(moments, default=over) - over)
