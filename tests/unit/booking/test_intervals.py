from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from services.booking.calendar.intervals import Span, clip, intersect, merge, subtract

spans = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)).map(lambda pair: (min(pair), max(pair))), max_size=8)


def points(some: list[Span]) -> set[int]:
    return {point for start, end in some for point in range(start, end)}


def is_disjoint(some: list[Span]) -> bool:
    return all(a < b for a, b in some) and all(end < start for (_, end), (start, _) in pairwise(some))


@given(spans)
def test_merging_keeps_every_point_and_leaves_gaps_between_spans(some: list[Span]) -> None:
    assert points(merge(some)) == points(some)
    assert is_disjoint(merge(some))


@given(spans, spans)
def test_subtracting_removes_exactly_the_points_of_the_holes(some: list[Span], holes: list[Span]) -> None:
    left = subtract(merge(some), sorted(holes))
    assert points(left) == points(some) - points(holes)
    assert all(a < b for a, b in left) and left == sorted(left)


@given(spans, spans)
def test_intersecting_keeps_the_common_points(left: list[Span], right: list[Span]) -> None:
    assert points(intersect(merge(left), merge(right))) == points(left) & points(right)


@given(spans, st.integers(0, 60), st.integers(0, 60))
def test_clipping_keeps_the_points_inside(some: list[Span], start: int, end: int) -> None:
    assert points(clip(merge(some), start, end)) == points(some) & set(range(start, end))
