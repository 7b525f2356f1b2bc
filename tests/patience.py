"""Waiting for what happens elsewhere: a condition and a limit, never a fixed pause."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def eventually(probe: Callable[[], T], *, seconds: float = 10.0, every: float = 0.02) -> T:
    """The first truthy answer of `probe`, asked again and again for at most `seconds`. AssertionError with the last
    answer where there is none; what `probe` raises is raised."""
    deadline = time.monotonic() + seconds
    while not (answer := probe()):
        if time.monotonic() > deadline:
            raise AssertionError(f"still {answer!r} after {seconds} s: {getattr(probe, '__name__', probe)}")
        time.sleep(every)  # the one sleep in the tests: between two looks, not instead of looking
    return answer
