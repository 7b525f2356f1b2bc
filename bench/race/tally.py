"""What was sent to a system and answered, and what was found afterwards."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

Promise = tuple[str, str]  # a kind of thing, such as `booking`, and its id


@dataclass
class Tally:
    """`attempts` are requests that were sent, `copies` those of them that were one more with the same key at the same moment,
    `lost` those without an answer. `contradictions` are keys with two different
    answers, `odd` are answers that are neither a result nor a refusal. `promised` is the newest version of each thing that
    was answered."""

    attempts: int = 0
    copies: int = 0
    lost: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    contradictions: list[str] = field(default_factory=list)
    odd: list[str] = field(default_factory=list)
    promised: dict[Promise, int] = field(default_factory=dict)

    def add(self, other: "Tally") -> None:
        self.attempts += other.attempts
        self.copies += other.copies
        self.lost += other.lost
        self.outcomes += other.outcomes
        self.contradictions += other.contradictions
        self.odd += other.odd
        for promise, version in other.promised.items():
            self.promise(promise, version)

    def promise(self, promise: Promise, version: int) -> None:
        self.promised[promise] = max(version, self.promised.get(promise, 0))


@dataclass(frozen=True, slots=True)
class Race:
    """`found` counts what must not exist, by what it is. `remarks` are facts about the run, such as killed processes."""

    tally: Tally
    seconds: float
    found: Mapping[str, int]
    remarks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Options:
    attempts: int
    seconds: float
    attackers: int
    kill_every: float


class System(Protocol):
    """A booking system that can be attacked. `version` says which one, and how it is set up."""

    name: str

    def version(self) -> str: ...

    def race(self, options: Options) -> Race:
        """Start it, attack it, end it. It ends after `options.attempts` or `options.seconds`."""
        ...
