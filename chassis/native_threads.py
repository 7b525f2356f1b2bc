"""Runs work in native threads, if it would block all other requests of this process."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from eventlet import patcher, tpool

P = ParamSpec("P")
Result = TypeVar("Result")


def in_thread(work: Callable[P, Result], *args: P.args, **kwargs: P.kwargs) -> Result:
    """Run `work` that waits for a disk or takes some CPU, and return its result. It must not use a database session."""
    if not requests_share_a_thread():
        return work(*args, **kwargs)
    return tpool.execute(work, *args, **kwargs)  # type: ignore[no-any-return]


def requests_share_a_thread() -> bool:
    """True under nameko: eventlet runs all requests in one thread."""
    return bool(patcher.is_monkey_patched("thread"))
