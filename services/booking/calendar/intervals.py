"""Arithmetic on intervals of time.

A `Span` is half-open: `start <= t < end`. Its unit is either whole seconds since the epoch (instants) or minutes since local
midnight (hours of a day). "Sorted" means sorted by start. "Disjoint" means that no two spans overlap or touch.
"""

from collections.abc import Iterable, Sequence

Span = tuple[int, int]


def merge(spans: Iterable[Span]) -> list[Span]:
    """The same times, sorted and disjoint, without empty spans."""
    merged: list[Span] = []
    for start, end in sorted(spans):
        if start >= end:
            continue
        if merged and start <= merged[-1][1]:
            if end > merged[-1][1]:
                merged[-1] = (merged[-1][0], end)
        else:
            merged.append((start, end))
    return merged


def clip(spans: Sequence[Span], start: int, end: int) -> list[Span]:
    """The parts of `spans` between `start` and `end`."""
    return [(max(a, start), min(b, end)) for a, b in spans if a < end and b > start and start < end]


def subtract(spans: Sequence[Span], holes: Sequence[Span]) -> list[Span]:
    """The parts of `spans` (sorted, disjoint) that no hole covers. `holes` are sorted and may overlap. One pass over both."""
    left: list[Span] = []
    at, count = 0, len(holes)
    for start, end in spans:
        while at < count and holes[at][1] <= start:
            at += 1
        ahead = at  # a hole may reach into the next span, so `at` is not moved here
        while ahead < count and holes[ahead][0] < end:
            hole_start, hole_end = holes[ahead]
            if hole_start > start:
                left.append((start, hole_start))
            if hole_end > start:
                start = hole_end
            ahead += 1
        if start < end:
            left.append((start, end))
    return left


def intersect(left: Sequence[Span], right: Sequence[Span]) -> list[Span]:
    """The times that are in both. Each is sorted and disjoint."""
    return [(max(a, c), min(b, d)) for a, b in left for c, d in right if a < d and c < b]


def nearest(free: Sequence[Span], wanted: Span) -> list[Span]:
    """Spans as long as `wanted` inside `free`, the nearest to it first. One for each free span that is long enough."""
    start, length = wanted[0], wanted[1] - wanted[0]
    starts = (min(max(start, opens), closes - length) for opens, closes in free if closes - opens >= length)
    return [(at, at + length) for at in sorted(starts, key=lambda at: abs(at - start))]


def within(spans: Sequence[Span], wanted: Span) -> bool:
    """Whether one of `spans` contains `wanted`."""
    return any(start <= wanted[0] and wanted[1] <= end for start, end in spans)
