"""One choice for each, so that nothing is taken twice and the sum of costs is least."""

import subprocess
import sys
from collections.abc import Sequence
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from services.booking.closures.assignment import NOTHING, Choice, assign


def choice(cost: int, thing: str, start: int, end: int) -> Choice:
    return Choice(cost, ((thing, start, end),))


def cost_of(choices: Sequence[Sequence[Choice]], weights: Sequence[int], chosen: Sequence[int | None]) -> int | None:
    """None if something is taken twice."""
    taken: set[tuple[object, int]] = set()
    total = 0
    for of_one, weight, position in zip(choices, weights, chosen, strict=True):
        total += weight * (NOTHING if position is None else of_one[position].cost)
        seconds = (
            [(key, at) for key, start, end in of_one[position].takes for at in range(start, end)]
            if position is not None
            else []
        )
        if not taken.isdisjoint(seconds):
            return None
        taken.update(seconds)
    return total


def test_nobody_takes_the_only_time_of_somebody_else() -> None:
    """One by one, the first would take the cheapest, and the second would have nothing."""
    first = [choice(0, "a", 0, 2), choice(60, "b", 0, 2)]
    second = [choice(10, "a", 1, 3)]
    assert assign([first, second], [1, 1]) == [1, 0]


def test_many_people_count_more_than_few() -> None:
    wanted = [choice(0, "a", 0, 2), choice(60, "b", 0, 2)]
    assert assign([wanted, wanted], [2, 20]) == [1, 0]
    assert assign([wanted, wanted], [20, 2]) == [0, 1]


def test_a_whole_takes_all_its_parts() -> None:
    whole = [Choice(0, (("left", 0, 2), ("right", 0, 2)))]
    part = [choice(0, "right", 1, 2), choice(5, "other", 1, 2)]
    assert assign([whole, part], [1, 1]) == [0, 1]


def test_without_time_to_calculate_nothing_is_taken_twice() -> None:
    choices = [
        [choice(n * 7 % 50, f"court {n % 3}", n % 9, n % 9 + 2) for n in range(start, start + 12)] for start in range(30)
    ]
    chosen = assign(choices, [1] * len(choices), seconds=0.0)
    assert cost_of(choices, [1] * len(choices), chosen) is not None
    assert any(position is not None for position in chosen)


_CHOICE = st.builds(
    lambda cost, things, start, length: Choice(cost, tuple((thing, start, start + length) for thing in sorted(things))),
    st.integers(0, 500),
    st.sets(st.sampled_from("abc"), min_size=1, max_size=2),
    st.integers(0, 4),
    st.integers(1, 3),
)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.lists(_CHOICE, max_size=3), st.integers(1, 5)), min_size=1, max_size=4))
def test_it_is_as_good_as_the_best_of_all_ways(entries: list[tuple[list[Choice], int]]) -> None:
    choices, weights = [of_one for of_one, _ in entries], [weight for _, weight in entries]
    ways = product(*([None, *range(len(of_one))] for of_one in choices))
    costs = [cost for way in ways if (cost := cost_of(choices, weights, way)) is not None]
    assert cost_of(choices, weights, assign(choices, weights)) == min(costs)


def test_the_solver_prints_nothing() -> None:
    """HiGHS prints its banner once in a process, so this needs a new one."""
    overlapping = "[Choice(1, (('a', 0, 10),))], [Choice(2, (('a', 5, 10),)), Choice(3, (('b', 5, 10),))]"
    imports = "from services.booking.closures.assignment import Choice, _solve"
    code = f"{imports}; assert _solve([{overlapping}], [1, 1], 9) == [0, 1]"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == ""
