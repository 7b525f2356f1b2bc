"""One a minute, five an hour, ten a day, in sliding windows."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.notify.codes.models import CAPS, CodeAllowance

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


def fresh() -> CodeAllowance:
    return CodeAllowance(phone_index="x", requested_at=[], last_requested_at=NOW)


def used(*seconds_ago: float) -> CodeAllowance:
    allowance = fresh()
    allowance.requested_at = [NOW - timedelta(seconds=ago) for ago in seconds_ago]
    return allowance


def test_a_second_code_within_the_minute_waits_for_the_rest_of_it() -> None:
    assert used(45).wait(NOW) == timedelta(seconds=15)
    assert used(60).wait(NOW) == timedelta()


def test_a_sixth_code_within_the_hour_waits_until_the_first_is_an_hour_old() -> None:
    assert used(3000, 2400, 1800, 1200, 600).wait(NOW) == timedelta(seconds=600)
    assert used(2400, 1800, 1200, 600).wait(NOW) == timedelta()


def test_an_eleventh_code_within_the_day_waits_until_the_first_is_a_day_old() -> None:
    hours = [23, 21, 19, 17, 15, 13, 11, 9, 7, 5]
    assert used(*(hour * 3600 for hour in hours)).wait(NOW) == timedelta(hours=1)


@given(st.lists(st.floats(0, 7200), max_size=60))
def test_no_window_ever_holds_more_than_its_cap(pauses: list[float]) -> None:
    """Ask after each pause; whatever is granted keeps all caps, and waiting as told is enough."""
    allowance, now, granted = fresh(), NOW, []
    for pause in pauses:
        now += timedelta(seconds=pause)
        if wait := allowance.wait(now):
            assert not CodeAllowance(requested_at=list(allowance.requested_at)).wait(now + wait)
            continue
        allowance.count(now)
        granted.append(now)
    for end in granted:
        for most, window in CAPS:
            assert sum(end - window < at <= end for at in granted) <= most
    assert len(allowance.requested_at) <= CAPS[-1][0]
