"""Gives each of many people one of several choices, so that no two take the same thing at the same time and the sum of the
costs is least. It knows nothing of bookings.

This is a set packing problem, and HiGHS solves it exactly (ADR 0082). An ordinary assignment (Hungarian method) is not enough:
choices of different lengths overlap, and a whole space takes all its parts.
"""

from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Final

NOTHING: Final = 10_000  # the cost of no choice. More than any choice costs, so as few as possible stay without
SECONDS: Final = 1.0  # then the best that was found is taken


@dataclass(frozen=True, slots=True)
class Choice:
    """`cost` is below NOTHING. `takes` are things with the time (seconds, the end is not included) during which they are
    taken."""

    cost: int
    takes: tuple[tuple[Hashable, int, int], ...]


def assign(choices: Sequence[Sequence[Choice]], weights: Sequence[int], *, seconds: float = SECONDS) -> list[int | None]:
    """For each entry of `choices` the position of the one that it gets, or None. The sum of weight × cost is least, where no
    choice costs NOTHING. If that takes more than `seconds`, it is the best that was found by then."""
    chosen: list[int | None] = [None] * len(choices)
    if len(choices) > 1:
        chosen = _solve(choices, weights, seconds)
    _fill(choices, chosen)
    return chosen


def _fill(choices: Sequence[Sequence[Choice]], chosen: list[int | None]) -> None:
    """Give those without a choice the cheapest that is left. Changes nothing if `chosen` is already the best."""
    taken: dict[Hashable, list[tuple[int, int]]] = defaultdict(list)
    for position, of_one in zip(chosen, choices, strict=True):
        if position is not None:
            _take(taken, of_one[position])
    for n, of_one in enumerate(choices):
        if chosen[n] is not None:
            continue
        for position in sorted(range(len(of_one)), key=lambda one, of_one=of_one: of_one[one].cost):  # type: ignore[misc]
            if _is_left(taken, of_one[position]):
                chosen[n] = position
                _take(taken, of_one[position])
                break


def _is_left(taken: dict[Hashable, list[tuple[int, int]]], choice: Choice) -> bool:
    """Whether nothing of `choice` is in `taken` at that time."""
    return not any(start < until and since < end for key, start, end in choice.takes for since, until in taken.get(key, ()))


def _take(taken: dict[Hashable, list[tuple[int, int]]], choice: Choice) -> None:
    for key, start, end in choice.takes:
        taken[key].append((start, end))


def _solve(choices: Sequence[Sequence[Choice]], weights: Sequence[int], seconds: float) -> list[int | None]:
    """One column for each choice; one row for each entry, and for each group of choices that overlap."""
    # 20 MB, and only the process that plans a closure needs them.
    import highspy
    import numpy as np

    columns = [(n, position) for n, of_one in enumerate(choices) for position in range(len(of_one))]
    rows = _rows(choices, columns)
    if not columns:
        return [None] * len(choices)
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = len(columns), len(rows)
    lp.col_cost_ = np.array([weights[n] * (choices[n][position].cost - NOTHING) for n, position in columns], dtype=float)
    lp.col_lower_, lp.col_upper_ = np.zeros(len(columns)), np.ones(len(columns))
    lp.row_lower_, lp.row_upper_ = np.full(len(rows), -highspy.kHighsInf), np.ones(len(rows))
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_ = np.cumsum([0, *(len(row) for row in rows)])
    lp.a_matrix_.index_ = np.array([column for row in rows for column in row])
    lp.a_matrix_.value_ = np.ones(sum(len(row) for row in rows))
    lp.integrality_ = [highspy.HighsVarType.kInteger] * len(columns)

    class Quiet(highspy.Highs):
        def enableCallbacks(self) -> None:
            """The constructor calls this, and it prints a banner on stdout unless the output is off before."""
            self.setOptionValue("output_flag", False)
            super().enableCallbacks()  # type: ignore[no-untyped-call]

    solver = Quiet()  # type: ignore[no-untyped-call]
    solver.setOptionValue("threads", 1)
    solver.setOptionValue("time_limit", seconds)
    solver.setOptionValue("mip_rel_gap", 0.0)
    solver.passModel(lp)
    solver.run()
    chosen: list[int | None] = [None] * len(choices)
    if solver.getInfo().primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible:
        for (n, position), value in zip(columns, solver.getSolution().col_value, strict=True):
            if value > 0.5:
                chosen[n] = position
    return chosen


def _rows(choices: Sequence[Sequence[Choice]], columns: Sequence[tuple[int, int]]) -> list[list[int]]:
    """Of each row at most one column may be chosen. Choices that overlap somewhere all contain the latest of their starts, so
    one row for each start is enough."""
    of_entry: dict[int, list[int]] = defaultdict(list)
    of_thing: dict[Hashable, list[tuple[int, int, int]]] = defaultdict(list)
    for column, (n, position) in enumerate(columns):
        of_entry[n].append(column)
        for key, start, end in choices[n][position].takes:
            of_thing[key].append((start, end, column))
    rows = {tuple(row) for row in of_entry.values()}
    for spans in of_thing.values():
        spans.sort()
        running: list[tuple[int, int]] = []  # end, column
        for k, (start, end, column) in enumerate(spans):
            running = [one for one in running if one[0] > start] + [(end, column)]
            if len(running) > 1 and (k + 1 == len(spans) or spans[k + 1][0] > start):
                rows.add(tuple(sorted({one for _, one in running})))
    return [list(row) for row in sorted(rows)]
