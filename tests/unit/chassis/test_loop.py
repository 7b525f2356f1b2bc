"""Background loops: what wakes them, how soon they stop, and how they gather work."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import Any

import pytest

from chassis.background import loop
from chassis.background.loop import Loop
from chassis.database.listener import Bell
from tests.patience import eventually


@pytest.fixture
def bell(monkeypatch: pytest.MonkeyPatch) -> Bell:
    """Replaces the listener on a database."""
    bell = Bell("channel")

    @contextmanager
    def listener(_engine: Any, channel: str) -> Iterator[Bell]:
        yield bell

    monkeypatch.setattr(loop, "Listener", listener)
    return bell


@contextmanager
def running(steps: list[float], step: Callable[[], bool] = lambda: False, **options: Any) -> Iterator[None]:
    """A loop that appends the time of each step to `steps`."""

    def noted() -> bool:
        steps.append(time.monotonic())
        return step()

    made = Loop("toy", noted, engine=object(), wake_on="channel", **options)  # type: ignore[arg-type]
    thread = threading.Thread(target=made.run)
    thread.start()
    try:
        yield
    finally:
        made.stop()
        thread.join(10)
        assert not thread.is_alive()


def test_a_notification_causes_a_step_at_once(bell: Bell) -> None:
    steps: list[float] = []
    with running(steps, seconds=60.0):
        eventually(lambda: len(steps) == 1)
        rung = time.monotonic()
        bell.ring()
        eventually(lambda: len(steps) == 2)
        assert steps[1] - rung < 5


def test_without_a_notification_it_waits_as_long_as_it_is_told_each_time(bell: Bell) -> None:
    steps: list[float] = []
    pauses = iter([0.01, 0.01, 60.0])
    with running(steps, seconds=lambda: next(pauses)):
        eventually(lambda: len(steps) == 3)
        assert next(pauses, None) is None


def test_stopping_does_not_wait_for_the_pause(bell: Bell) -> None:
    steps: list[float] = []
    began = time.monotonic()
    with running(steps, seconds=60.0):
        eventually(lambda: steps)
    assert time.monotonic() - began < 20


def test_under_steady_load_steps_keep_their_pace_and_the_first_one_does_not_wait(bell: Bell) -> None:
    steps: list[float] = []
    with running(steps, seconds=60.0, pace=0.3):
        eventually(lambda: len(steps) == 1)
        bell.ring()
        eventually(lambda: len(steps) == 2)
        bell.ring()
        eventually(lambda: len(steps) == 3)
        assert steps[1] - steps[0] >= 0.29
        assert steps[2] - steps[1] >= 0.29
        eventually(lambda: time.monotonic() - steps[2] > 0.4)
        rung = time.monotonic()
        bell.ring()
        eventually(lambda: len(steps) == 4)
        assert steps[3] - rung < 0.29, "the first after a quiet time waited"


def test_more_work_does_not_wait_for_the_pace(bell: Bell) -> None:
    steps: list[float] = []
    with running(steps, lambda: len(steps) < 5, seconds=60.0, pace=30.0):
        eventually(lambda: len(steps) == 5)


def test_a_lost_connection_is_logged_and_the_loop_goes_on(bell: Bell) -> None:
    steps: list[float] = []
    with running(steps, seconds=60.0):
        eventually(lambda: len(steps) == 1)
        bell.lost = ConnectionError("gone")
        bell.ring()
        eventually(lambda: len(steps) >= 2)


def test_between_steps_with_more_work_it_rests_in_proportion_to_the_work(bell: Bell) -> None:
    steps: list[float] = []

    def work() -> bool:
        began = time.monotonic()
        eventually(lambda: time.monotonic() - began >= 0.05)
        return len(steps) < 3

    with running(steps, work, seconds=60.0, rest=4.0):
        eventually(lambda: len(steps) == 3)
        assert min(b - a for a, b in pairwise(steps)) >= 5 * 0.05
