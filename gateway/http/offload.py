"""Work that keeps a processor busy (hashing passwords, decoding photos) must not stop every other request."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from eventlet import patcher, tpool
from eventlet.semaphore import Semaphore

P = ParamSpec("P")
Result = TypeVar("Result")


# Each of them may take a hundred megabytes while it lasts (argon2 wants 64 MiB by design, a photo its pixels), and more of
# them than processors are no faster.
AT_ONCE = 2
_places = Semaphore(AT_ONCE)


def offload(work: Callable[P, Result], *args: P.args, **kwargs: P.kwargs) -> Result:
    """The result of `work`, run `in_thread`, AT_ONCE at the most and the others in turn."""
    with _places:
        return in_thread(work, *args, **kwargs)


def in_thread(work: Callable[P, Result], *args: P.args, **kwargs: P.kwargs) -> Result:
    """The result of `work`, run in a real thread where requests share one (under nameko); at once elsewhere."""
    if patcher.is_monkey_patched("thread"):
        return tpool.execute(work, *args, **kwargs)  # type: ignore[no-any-return]
    return work(*args, **kwargs)
