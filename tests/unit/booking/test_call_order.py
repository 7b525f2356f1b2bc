"""Whom a window calls next: a pure rule, checked over many lines."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as some

from services.booking.counters.order import Line, Waiting

NINE = datetime(2026, 11, 25, 1, 0, tzinfo=UTC)
A, B = UUID(int=1), UUID(int=2)
WINDOW, OTHER = UUID(int=11), UUID(int=12)


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def ticket(number: int, came: float, due: float | None = None, service: UUID = A, **more: object) -> Waiting:
    due_at = None if due is None else NINE + minutes(due)
    return Waiting(UUID(int=100 + number), service, NINE + minutes(came), due_at=due_at, **more)  # type: ignore[arg-type]


def calls(tickets: list[Waiting], at: float = 60, services: tuple[UUID, ...] = (A,), last: bool = False) -> list[int]:
    line = Line(tickets, {A: last})
    found = []
    while called := line.next(services, WINDOW, NINE + minutes(at)):
        found.append(called.id.int - 100)
    return found


def test_who_came_first_is_first() -> None:
    assert calls([ticket(2, 5), ticket(1, 1), ticket(3, 7)]) == [1, 2, 3]


def test_an_appointment_goes_first_at_its_time_and_then_a_walk_in() -> None:
    line = [ticket(1, 1), ticket(2, 2), ticket(3, 30, due=40), ticket(4, 31, due=45), ticket(5, 32, due=50)]
    assert calls(line) == [3, 1, 4, 2, 5]
    assert calls(line, last=True) == [1, 3, 2, 4, 5]


def test_before_its_time_an_appointment_waits_like_everybody() -> None:
    assert calls([ticket(1, 5), ticket(2, 1, due=90), ticket(3, 0)], at=10) == [3, 2, 1]


def test_the_second_service_of_a_window_waits_for_the_first() -> None:
    line = [ticket(1, 1, service=B), ticket(2, 5), ticket(3, 2, service=B)]
    assert calls(line, services=(A, B)) == [2, 1, 3]
    assert calls(line, services=(B,)) == [1, 3]


def test_who_was_sent_to_the_window_or_has_come_back_is_next() -> None:
    line = [ticket(1, 1), ticket(2, 9, only_window=WINDOW), ticket(3, 0, only_window=OTHER), ticket(4, 8, came_back=True)]
    assert calls(line) == [2, 4, 1]


@given(
    some.lists(
        some.tuples(some.integers(0, 120), some.one_of(some.none(), some.integers(0, 120)), some.sampled_from([A, B])),
        max_size=40,
    ),
    some.lists(some.integers(0, 20), min_size=80, max_size=80),
)
def test_appointments_never_take_two_calls_while_a_walk_in_waits(
    came: list[tuple[int, int | None, UUID]], pauses: list[int]
) -> None:
    tickets = [ticket(number, at, due, service) for number, (at, due, service) in enumerate(came)]
    line, waiting = Line(tickets, {}), {one.id: one for one in tickets}
    last: dict[UUID, bool] = {}
    now = NINE + minutes(120)
    for pause in pauses[: len(tickets)]:
        called = line.next((A, B), WINDOW, now)
        assert called is not None
        del waiting[called.id]
        walk_ins = [one for one in waiting.values() if one.service_id == called.service_id and one.due_at is None]
        if called.due_at is not None and last.get(called.service_id):
            assert not walk_ins
        if called.due_at is None:
            assert all(called.taken_at <= one.taken_at for one in walk_ins), "a walk-in overtook another one"
        last[called.service_id] = called.due_at is not None
        now += minutes(pause)
    assert not waiting and line.next((A, B), WINDOW, now) is None, "each is called once"
