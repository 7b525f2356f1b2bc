"""Open time by day and hour, and how evenly minutes are spread: compared with a slow count, minute by minute."""

from collections import Counter
from datetime import UTC, date, datetime
from itertools import product
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.booking.calendar.intervals import merge
from services.booking.calendar.local_days import LocalDays
from services.booking.statistics.figures import fairness, open_time

SHANGHAI = ZoneInfo("Asia/Shanghai")
MIDNIGHT = int(datetime(2026, 11, 22, 16, 0, tzinfo=UTC).timestamp())  # Monday, 23 November, in Shanghai
MINUTES = st.integers(0, 3 * 1440)


@given(st.lists(st.tuples(MINUTES, MINUTES), max_size=6))
def test_open_time_is_what_a_count_of_minutes_says(pairs: list[tuple[int, int]]) -> None:
    spans = merge((MIDNIGHT + min(pair) * 60, MIDNIGHT + max(pair) * 60) for pair in pairs)
    days, hours = Counter[date](), Counter[tuple[int, int]]()
    for start, end in spans:
        for minute in range(start, end, 60):
            local = datetime.fromtimestamp(minute, SHANGHAI)
            days[local.date()] += 60
            hours[local.isoweekday(), local.hour] += 60
    found = open_time(spans, LocalDays(SHANGHAI, date(2026, 11, 23), date(2026, 11, 26)))
    assert (found.days, found.hours, found.total) == (days, hours, days.total())


def test_the_hour_that_comes_twice_is_counted_twice() -> None:
    """Berlin, 25 October 2026: 02:00–03:00 comes twice."""
    berlin = ZoneInfo("Europe/Berlin")
    first, last = (int(datetime(2026, 10, 25, hour, tzinfo=berlin).timestamp()) for hour in (1, 4))
    found = open_time([(first, last)], LocalDays(berlin, date(2026, 10, 25), date(2026, 10, 25)))
    assert found.total == 4 * 3600


@given(st.lists(st.integers(1, 500), min_size=1, max_size=30))
def test_the_gini_coefficient_is_the_mean_difference_of_all_pairs(minutes: list[int]) -> None:
    mean = sum(minutes) / len(minutes)
    slow = sum(abs(a - b) for a, b in product(minutes, repeat=2)) / (2 * len(minutes) ** 2 * mean)
    assert fairness(minutes).gini == pytest.approx(slow, abs=0.0006)


def test_all_alike_and_one_has_all() -> None:
    assert fairness([60] * 20).gini == 0 and fairness([60] * 20).top_tenth == 0.1
    uneven = fairness([1] * 99 + [100_000])
    assert uneven.gini is not None and uneven.gini > 0.98 and uneven.top_tenth is not None and uneven.top_tenth > 0.99
    nobody = fairness([])
    assert (nobody.households, nobody.gini, nobody.top_tenth) == (0, None, None)
    assert fairness([60]).gini == 0
