"""One fault on both sides at once: the same load, the same blow, the same count."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from tests.faults.load import Load, under_load
from tests.faults.report import Report, Row
from tests.faults.sides import Side, ready
from tests.faults.verdict import Verdict, settle


@dataclass
class Trial:
    """`code` and `title` name the fault in the table."""

    sides: dict[str, Side]
    report: Report
    full: bool
    code: str = ""
    title: str = ""
    bound: float = 60.0  # seconds in which the backlog must be gone (I9), on a machine that is busy with both sides
    over: float = 0.0
    loads: dict[str, Load] = field(default_factory=dict)
    verdicts: dict[str, Verdict] = field(default_factory=dict)

    @property
    def linli(self) -> Side:
        return self.sides["linli"]

    @property
    def stock(self) -> Side:
        return self.sides["stock"]

    def begin(self, code: str, title: str) -> None:
        self.code, self.title = code, title
        self.label = code.lower().replace(" ", "-")
        each(self.sides.values(), ready)
        for side in self.sides.values():
            side.points.clear()
        self._exits = {name: len(side.exits) for name, side in self.sides.items()}

    @contextmanager
    def load(self, **options: Any) -> Iterator[None]:
        """The block strikes while requests are made on both sides. `strike_over()` in it, or its end, ends the fault."""
        options = {"limit": 20_000 if self.full else 1500} | options
        self.loads = {name: Load(side, self.label, **options) for name, side in self.sides.items()}
        self.over = 0.0
        with under_load(*self.loads.values()):
            yield
            self.over = self.over or time.time()

    def strike_over(self) -> None:
        self.over = time.time()

    def judge(self, *, parked: int = 0, control: str = "") -> None:
        """Counts both sides, writes the table's rows, and asserts what Linli promises (I1 to I5, I9). `parked` is how
        many messages were put aside and dealt with before, `control` what else there is to say of the stock side."""

        def count(side: Side) -> None:
            self.verdicts[side.name] = settle(
                side, self.label, self.loads[side.name], self.over, deaths_since=self._exits[side.name], bound=self.bound
            )

        each(self.sides.values(), count)
        linli = self.verdicts["linli"]
        self.report.add(
            Row(self.code, self.title, replace(linli, parked=parked + linli.parked), self.verdicts["stock"], control)
        )
        assert linli.clean, f"{self.code}: {linli}"
        assert linli.parked == 0, f"{self.code}: {linli}"
        assert linli.recovery is not None and linli.recovery <= self.bound, f"{self.code}: {linli}"


def each(sides: Any, work: Any) -> None:
    """`work(side)` for all sides at the same time; the first failure is raised."""
    failures: list[BaseException] = []

    def run(side: Side) -> None:
        try:
            work(side)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=run, args=(side,)) for side in sides]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


def for_seconds(seconds: float) -> None:
    """How long a fault lasts is part of the fault: nothing is waited for."""
    threading.Event().wait(seconds)
