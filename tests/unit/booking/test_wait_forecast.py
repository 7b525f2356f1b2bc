"""Forecasts of waits: ranges that are never zero, and that hold in simulated days."""

from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from random import Random
from uuid import UUID

import pytest

from services.booking.counters.forecast import OpenWindow, Wait, free_in, usual_time, waits
from services.booking.counters.order import Line, Waiting

NINE = datetime(2026, 11, 25, 1, 0, tzinfo=UTC)
A, B = UUID(int=1), UUID(int=2)
ZERO = timedelta(0)


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def line(count: int, service: UUID = A) -> list[Waiting]:
    return [Waiting(UUID(int=100 * service.int + n), service, NINE + timedelta(seconds=n)) for n in range(count)]


def windows(count: int, *services: UUID) -> list[OpenWindow]:
    return [OpenWindow(UUID(int=11 + n), services or (A,), ZERO) for n in range(count)]


def test_two_windows_halve_the_wait() -> None:
    found = waits(Line(line(21), {}), windows(2), {A: minutes(6)}, NINE)
    assert found[UUID(int=120)].about == minutes(60)
    assert found[UUID(int=120)].ahead == 20
    assert found[UUID(int=100)].about == ZERO


def test_a_range_is_never_zero_and_gets_wider() -> None:
    found = list(waits(Line(line(200), {}), windows(2), {A: minutes(6)}, NINE).values())
    assert all(1 <= one.low_minutes < one.high_minutes for one in found)
    assert all(one.high_minutes % 5 == 0 for one in found)
    widths = [one.high_minutes - one.low_minutes for one in found]
    assert widths[0] <= 15 and widths[-1] > widths[0]


def test_nobody_knows_the_wait_while_no_window_is_open_for_it() -> None:
    found = waits(Line([*line(2), *line(2, B)], {}), windows(1, B), {A: minutes(5), B: minutes(5)}, NINE)
    assert set(found) == {UUID(int=200), UUID(int=201)}


def test_appointments_to_come_are_counted() -> None:
    coming = [Waiting(UUID(int=900 + n), A, NINE, due_at=NINE + minutes(10 * n)) for n in range(1, 4)]
    usual = {A: minutes(10)}
    without = waits(Line(line(6), {}), windows(1), usual, NINE)
    with_them = waits(Line(line(6), {}), windows(1), usual, NINE, coming)
    assert with_them[UUID(int=105)].about == without[UUID(int=105)].about + minutes(30)


def test_the_usual_time_is_the_median_of_today() -> None:
    assert usual_time([], 8) == minutes(8)
    assert usual_time([minutes(60)], 8) == minutes(8), "the first person does not decide"
    assert usual_time([minutes(4), minutes(5), minutes(30)], 8) == minutes(5)
    assert usual_time([*[minutes(3)] * 10, *[minutes(30)] * 20], 8) == minutes(3), "the last ten count"
    assert usual_time([ZERO] * 5, 8) == minutes(1)
    assert free_in(minutes(8), minutes(3)) == minutes(5)
    assert free_in(minutes(8), minutes(30)) == minutes(2)


@pytest.mark.parametrize("count", [1, 5, 20, 60])
@pytest.mark.parametrize("at_work", [1, 2, 3])
def test_the_range_holds_on_simulated_days(count: int, at_work: int) -> None:
    """The services of a simulated day last from half to about twice as long as usual. At least two of three people wait within
    the range that they were shown."""
    said = waits(Line(line(count + 1), {}), windows(at_work), {A: minutes(6)}, NINE)[UUID(int=100 + count)]
    random = Random(count * 10 + at_work)
    within = sum(_holds(said, _simulated(random, count, at_work)) for _ in range(300))
    assert within >= 200


def _simulated(random: Random, count: int, at_work: int) -> float:
    """The minutes until the last of `count` + 1 people is called. The windows begin in the middle of a service."""
    free = [random.uniform(0, 6) if count else 0.0 for _ in range(at_work)]
    clock: list[float] = []
    for one in free:
        heappush(clock, one)
    for _ in range(count):
        heappush(clock, heappop(clock) + random.lognormvariate(1.79, 0.5))
    return heappop(clock)


def _holds(said: Wait, waited: float) -> bool:
    return said.low_minutes - 1 <= waited <= said.high_minutes
