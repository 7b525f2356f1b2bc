"""Runs work in native threads, if it would block all other requests of this process."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

import eventlet
from eventlet.semaphore import Semaphore

from chassis.native_threads import in_thread, requests_share_a_thread

__all__ = ["breathe", "in_thread", "offload"]

P = ParamSpec("P")
Result = TypeVar("Result")

# More threads than processors are not faster. And each needs memory: argon2 uses 64 MiB by design.
AT_ONCE = 2
_places = Semaphore(AT_ONCE)


def offload(work: Callable[P, Result], *args: P.args, **kwargs: P.kwargs) -> Result:
    """Run CPU-intensive `work` (hashing passwords) and return its result. At most AT_ONCE run at the same
    time; the others wait."""
    if not requests_share_a_thread():
        return work(*args, **kwargs)
    with _places:
        return in_thread(work, *args, **kwargs)


def breathe() -> None:
    """Let other requests run. Long work that cannot leave this thread, because it uses a database session, calls this now and
    then."""
    if requests_share_a_thread():
        eventlet.sleep(0)
