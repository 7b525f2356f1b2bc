from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tour.free_time import fitting, on_grid

HOUR, HALF = timedelta(hours=1), timedelta(minutes=30)


def at(clock: str, day: int = 23) -> datetime:
    return datetime.fromisoformat(f"2026-11-{day:02}T{clock}:00+08:00")


def between(starts: str, ends: str) -> dict[str, str]:
    return {"starts_at": at(starts).isoformat(), "ends_at": at(ends).isoformat()}


def test_the_first_interval_that_is_long_enough_is_taken() -> None:
    free = [between("08:30", "09:00"), between("10:00", "12:00")]
    assert fitting(free, HOUR, HALF, at("08:00")) == (at("10:00").isoformat(), at("11:00").isoformat())


def test_nothing_begins_before_the_earliest_time_and_beside_the_grid() -> None:
    assert fitting([between("08:00", "12:00")], HOUR, HALF, at("09:10")) == (at("09:30").isoformat(), at("10:30").isoformat())


def test_an_interval_that_ends_too_early_does_not_fit() -> None:
    assert fitting([between("09:00", "10:00")], HOUR, HALF, at("09:01")) is None


def test_the_grid_is_of_the_local_day_whatever_zone_now_is_in() -> None:
    now = datetime.fromisoformat("2026-11-23T01:10:00+00:00")  # 09:10 there
    assert fitting([between("08:00", "12:00")], HOUR, HALF, now) == (at("09:30").isoformat(), at("10:30").isoformat())


@pytest.mark.parametrize(("moment", "on"), [("09:00", "09:00"), ("09:01", "09:30"), ("09:30", "09:30"), ("00:00", "00:00")])
def test_a_moment_is_rounded_up_to_the_grid(moment: str, on: str) -> None:
    assert on_grid(at(moment), HALF) == at(on)


@given(st.integers(0, 24 * 60 - 1), st.sampled_from([15, 20, 30, 60]))
def test_rounding_goes_up_by_less_than_a_step(minute: int, step: int) -> None:
    moment = at("00:00") + timedelta(minutes=minute)
    rounded = on_grid(moment, timedelta(minutes=step))
    assert timedelta() <= rounded - moment < timedelta(minutes=step)
    assert (rounded - at("00:00")) % timedelta(minutes=step) == timedelta()
