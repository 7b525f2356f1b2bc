"""The draw of a lottery: a pure function of public data. The same data give the same result, byte for byte, on every machine.

Before entries open, the SHA-256 of a secret is published. When entries close, they get numbers and are published. The seed is
made of both, so nobody could know it before, and nobody can choose it (ADR 0079). In each round, every entry gets at most one
time. The order of a round is that of SHA-256 hashes of the seed, the round and the number of the entry."""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

# Why an entry may not have a time that is free: a word of OUTCOMES, or None if it may.
Forbids = Callable[[int, int], str | None]


def canonical(value: Any) -> str:
    """The one JSON text of a value of objects, lists, strings, whole numbers, booleans and nulls: sorted keys, no spaces, ASCII
    only."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def digest(text: str) -> str:
    """The SHA-256 of a text, as 64 hexadecimal digits."""
    return sha256(text.encode()).hexdigest()


def seed_of(secret: str, entries: Sequence["Entry"]) -> str:
    """The seed of a draw: of the secret and of all entries."""
    return digest(f"{secret}:{digest(canonical([entry.public() for entry in entries]))}")


def order_of_round(seed: str, round_: int, numbers: Collection[int]) -> list[int]:
    """The numbers of the entries in the order in which they choose in that round."""
    return sorted(numbers, key=lambda number: digest(f"{seed}:{round_}:{number}"))


@dataclass(frozen=True, slots=True)
class Entry:
    """`wishes` are numbers of times, the most wanted first."""

    number: int
    wishes: tuple[int, ...]

    def public(self) -> dict[str, Any]:
        return {"entry": self.number, "wishes": list(self.wishes)}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a wish: `outcome` is a word of OUTCOMES. `round` says in which round it was won, or taken by the entry
    `by`. `instead` is the own time that is at the same time."""

    time: int
    outcome: str
    round: int | None = None
    by: int | None = None
    instead: int | None = None

    def public(self) -> dict[str, Any]:
        optional = {"round": self.round, "by": self.by, "instead": self.instead}
        return {"time": self.time, "outcome": self.outcome} | {k: v for k, v in optional.items() if v is not None}


@dataclass(slots=True)
class Draw:
    """A draw that goes on. `spans` are the times by number, as (start, end) in seconds since the epoch. Times that are `gone`
    cannot be won, and entries that are `absent` win nothing. `forbids` is asked only about a time that the entry would win. Its
    refusals are kept in `refused`; a draw that is given them decides the same."""

    seed: str
    most_wins: int
    spans: Mapping[int, tuple[int, int]]
    entries: Sequence[Entry]
    forbids: Forbids
    gone: Collection[int] = ()
    absent: Collection[int] = ()
    winners: dict[int, tuple[int, int]] = field(default_factory=dict)  # by time: the entry and the round
    refused: dict[tuple[int, int], str] = field(default_factory=dict)  # by entry and time
    _told: dict[int, dict[int, Outcome]] = field(default_factory=dict)
    _won: dict[int, list[int]] = field(default_factory=dict)

    def run(self) -> None:
        """Every round, in its order. In a round, each entry gets the best of its wishes that it can still have."""
        by_number = {entry.number: entry for entry in self.entries}
        taking_part = [number for number in by_number if number not in self.absent]
        for round_ in range(1, self.most_wins + 1):
            for number in order_of_round(self.seed, round_, taking_part):
                self._choose(by_number[number], round_)

    def result(self) -> list[dict[str, Any]]:
        """What became of every wish of every entry, by number. Public."""
        found = []
        for entry in sorted(self.entries, key=lambda one: one.number):
            found.append({"entry": entry.number, "wishes": [one.public() for one in self.outcomes(entry)]})
        return found

    def outcomes(self, entry: Entry) -> list[Outcome]:
        """In the order of the wishes. A wish at which nobody had to look is `enough`: the entry got as many times as there are
        rounds, and all of them rank higher."""
        unseen = "withdrawn" if entry.number in self.absent else "enough"
        told = self._told.get(entry.number, {})
        return [told.get(time) or Outcome(time, unseen) for time in entry.wishes]

    def _choose(self, entry: Entry, round_: int) -> None:
        told = self._told.setdefault(entry.number, {})
        for time in entry.wishes:
            if time in told:
                continue
            told[time] = outcome = self._outcome(entry.number, time, round_)
            if outcome.outcome == "won":
                self.winners[time] = entry.number, round_
                self._won.setdefault(entry.number, []).append(time)
                return

    def _outcome(self, number: int, time: int, round_: int) -> Outcome:
        if time in self.gone:
            return Outcome(time, "gone")
        if time in self.winners:
            by, taken_in = self.winners[time]
            return Outcome(time, "taken", taken_in, by)
        start, end = self.spans[time]
        for own in self._won.get(number, ()):
            if self.spans[own][0] < end and start < self.spans[own][1]:
                return Outcome(time, "overlaps", instead=own)
        if reason := self.forbids(number, time):
            self.refused[number, time] = reason
            return Outcome(time, reason)
        return Outcome(time, "won", round_)
