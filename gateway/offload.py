"""Work that keeps a processor busy (hashing passwords, decoding photos) must not stop every other request."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from eventlet import patcher, tpool

P = ParamSpec("P")
Result = TypeVar("Result")


def offload(work: Callable[P, Result], *args: P.args, **kwargs: P.kwargs) -> Result:
    """The result of `work`, run in a real thread where requests share one (under nameko), at once elsewhere."""
    if patcher.is_monkey_patched("thread"):
        return tpool.execute(work, *args, **kwargs)  # type: ignore[no-any-return]
    return work(*args, **kwargs)
