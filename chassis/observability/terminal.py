"""The terminal of the operator. `linli up` attaches itself, and shows there what only the operator may read. What is told here
is not logged: in other processes it goes nowhere."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

_shown: list[Callable[[str], None]] = []


@contextmanager
def attached(show: Callable[[str], None]) -> Iterator[None]:
    """During the block, `show` gets what is told."""
    _shown.append(show)
    try:
        yield
    finally:
        _shown.remove(show)


def tell(text: str) -> None:
    for show in _shown:
        show(text)
