"""Work that would stop every other request of this process: it runs in real threads where requests share one."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from eventlet import patcher, tpool
from eventlet.semaphore import Semaphore

P = ParamSpec("P")
Result = TypeVar("Result")

# More of them than processors are no faster, and each may take a hundred megabytes while it lasts: argon2 wants 64 MiB by
# design, a photo its pixels.
AT_ONCE = 2
_places = Semaphore(AT_ONCE)


def offload(work: Callable[P, Result], *args: P.args, **kwargs: P.kwargs) -> Result:
    """The result of `work` that keeps a processor busy (hashing passwords, decoding photos). At most AT_ONCE run at a time;
    the others wait their turn."""
    if not _requests_share_a_thread():
        return work(*args, **kwargs)
    with _places:
        return tpool.execute(work, *args, **kwargs)  # type: ignore[no-any-return]


def in_thread(work: Callable[P, Result], *args: P.args, **kwargs: P.kwargs) -> Result:
    """The result of `work` that waits for a disk."""
    if not _requests_share_a_thread():
        return work(*args, **kwargs)
    return tpool.execute(work, *args, **kwargs)  # type: ignore[no-any-return]


def _requests_share_a_thread() -> bool:
    """True under nameko."""
    return bool(patcher.is_monkey_patched("thread"))
