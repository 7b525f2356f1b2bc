"""Until when somebody who walks in can have a space, compared with a slow reference."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from services.booking.calendar.opening_hours import ReservedTime
from services.booking.doors.walk_ins import SHORTEST, possible_ends, start_of
from tests.unit.booking.spaces import MONDAY, example_space, example_timetable, local

MINUTE = 60
TEN = int(local(MONDAY, "10:00").timestamp())
SPANS = st.tuples(st.integers(-120, 180), st.integers(1, 90)).map(
    lambda one: (TEN + one[0] * MINUTE, TEN + (one[0] + one[1]) * MINUTE)
)


@given(
    st.lists(SPANS, max_size=4),
    st.lists(SPANS, max_size=2),
    st.integers(0, 3600),
    st.sampled_from([(15, 60), (30, 120), (60, 240)]),
    st.sampled_from([(0, 0), (15, 0), (0, 10)]),
)
def test_ends_are_those_that_a_minute_by_minute_look_finds(
    booked: list[tuple[int, int]],
    drawn: list[tuple[int, int]],
    seconds: int,
    lengths: tuple[int, int],
    turnover: tuple[int, int],
) -> None:
    (step, longest), (before, after) = lengths, turnover
    space = example_space(
        slot_minutes=step,
        min_minutes=step,
        max_minutes=longest,
        buffer_before_minutes=before,
        buffer_after_minutes=after,
    )
    timetable = example_timetable(space, local(MONDAY, "00:00"), local(MONDAY + timedelta(days=2), "00:00"))
    reserved = [ReservedTime(a + before * MINUTE, b - after * MINUTE, a, b, uuid4(), TEN) for a, b in sorted(drawn)]
    timetable, claims = replace(timetable, reserved=tuple(reserved)), [*booked, *drawn]
    now = datetime.fromtimestamp(TEN, UTC) + timedelta(seconds=seconds)
    found = possible_ends(timetable, sorted(booked), now, TEN + 86_400)

    start = start_of(now)
    assert 0 <= start - now.timestamp() < MINUTE and start % MINUTE == 0
    closes = int(local(MONDAY, "12:00").timestamp())

    def is_free(end: int) -> bool:
        blocked = start - before * MINUTE, end + after * MINUTE
        return end <= closes and all(b <= blocked[0] or blocked[1] <= a for a, b in claims)

    last = start
    while last + MINUTE <= start + longest * MINUTE and is_free(last + MINUTE):
        last += MINUTE
    day = int(local(MONDAY, "00:00").timestamp())
    expected = {at for at in range(start + SHORTEST, last + 1, MINUTE) if (at - day) % (step * MINUTE) == 0}
    assert found == sorted(expected | ({last} if last >= start + SHORTEST else set()))
