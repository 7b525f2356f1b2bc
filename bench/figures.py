"""Rates, percentiles and medians of measurements."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any


class Spoilt(Exception):
    """A run cannot be used, because its answers were not the expected ones."""


def percentile(values: Sequence[float], share: float) -> float:
    """Return the nearest-rank percentile. `share` is between 0 and 1. NaN if there are no values."""
    if not values:
        return math.nan
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, math.ceil(share * len(ordered)) - 1)]


@dataclass(frozen=True, slots=True)
class Run:
    """One run of load. `rate` is answers per second, `p50` and `p99` are milliseconds, `cpu` is CPU milliseconds per
    answer by part (gateway, service, broker, database)."""

    rate: float
    p50: float
    p99: float
    answers: int
    cpu: dict[str, float] = field(default_factory=dict)

    @classmethod
    def of(cls, outcome: dict[str, Any], cpu_seconds: dict[str, float]) -> "Run":
        latencies = outcome["latencies"]
        count = len(latencies)
        per_answer = {part: seconds * 1000 / count for part, seconds in cpu_seconds.items()} if count else {}
        return cls(count / outcome["seconds"], percentile(latencies, 0.5), percentile(latencies, 0.99), count, per_answer)


@dataclass(slots=True)
class Rounds:
    """The runs of one contender. Each figure is the median of the runs."""

    runs: list[Run] = field(default_factory=list)

    def _median(self, figure: Callable[[Run], float]) -> float:
        return median(map(figure, self.runs)) if self.runs else math.nan

    @property
    def rate(self) -> float:
        return self._median(lambda run: run.rate)

    @property
    def p50(self) -> float:
        return self._median(lambda run: run.p50)

    @property
    def p99(self) -> float:
        return self._median(lambda run: run.p99)

    @property
    def cpu(self) -> dict[str, float]:
        parts = self.runs[0].cpu if self.runs else {}
        return {part: self._median(lambda run, part=part: run.cpu[part]) for part in parts}  # type: ignore[misc]
