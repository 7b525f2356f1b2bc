"""F1 to F3: a process dies at the worst moment, exactly there."""

import pytest

from tests.faults.sides import Side
from tests.faults.trial import Trial, each
from tests.patience import eventually

POINTS = (
    ("F1a", "kill -9 a consumer before its handler", "hear-before-handler"),
    ("F1b", "kill -9 a consumer before its commit", "hear-before-commit"),
    ("F1c", "kill -9 a consumer after its commit, before its ack", "hear-after-commit"),
    ("F2", "kill -9 after publishing, before the message is marked as published", "relay-after-publish"),
    ("F3a", "kill -9 a service before its commit", "count-before-commit"),
    ("F3b", "kill -9 a service after its commit, before it answers", "count-after-commit"),
)


@pytest.mark.parametrize(("code", "title", "point"), POINTS, ids=[code for code, _, _ in POINTS])
def test_killed_at(trial: Trial, code: str, title: str, point: str) -> None:
    trial.begin(code, title)
    with trial.load():
        for _ in range(3 if trial.full else 1):
            each(trial.sides.values(), lambda side: _strike(side, point))
            trial.strike_over()
    trial.judge()


def _strike(side: Side, point: str) -> None:
    side.points.clear()
    side.points.arm(point)
    pid = eventually(lambda: side.points.hit(point), seconds=20)
    eventually(lambda: side.exit_of(pid), seconds=5)
    side.points.clear()
