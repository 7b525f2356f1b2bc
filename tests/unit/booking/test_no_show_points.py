"""Points for no-shows, compared with a slow reference."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from services.booking.no_show_rules.points import points_at, restricted_until

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
DAY = timedelta(days=1)
AGES = st.lists(st.integers(0, 100 * 86_400).map(lambda seconds: NOW - timedelta(seconds=seconds)), max_size=8)


def test_one_point_fades_evenly() -> None:
    assert points_at([NOW], NOW, 60) == 1
    assert points_at([NOW - 15 * DAY], NOW, 60) == Fraction(3, 4)
    assert points_at([NOW - 60 * DAY, NOW - 61 * DAY], NOW, 60) == 0


def test_three_in_two_weeks_restrict_for_two_weeks() -> None:
    no_shows = [NOW - 14 * DAY, NOW - 7 * DAY, NOW]
    assert restricted_until(no_shows, NOW, 60, 2) == NOW + 13 * DAY
    assert restricted_until(no_shows, NOW + 13 * DAY, 60, 2) is None


def test_two_never_exceed_two_and_none_is_tolerated_for_the_whole_time() -> None:
    assert restricted_until([NOW, NOW], NOW, 60, 2) is None
    assert restricted_until([NOW], NOW, 60, 0) == NOW + 60 * DAY
    assert restricted_until([], NOW, 60, 0) is None


@given(AGES, st.integers(1, 90), st.integers(0, 4))
def test_the_end_is_the_first_second_that_is_within_the_rule(no_shows: list[datetime], days: int, tolerated: int) -> None:
    until = restricted_until(no_shows, NOW, days, tolerated)
    if until is None:
        assert points_at(no_shows, NOW, days) <= tolerated
        return
    assert points_at(no_shows, NOW, days) > tolerated and until > NOW
    assert points_at(no_shows, until, days) <= tolerated < points_at(no_shows, until - timedelta(seconds=1), days)
