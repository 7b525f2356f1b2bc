"""Import this first in every process that serves.

nameko runs on eventlet, so the standard library is made cooperative before anything else is imported, and two
libraries are told to cooperate as well:

* psycopg waits for the server in C by default, which stops every other greenlet of the process for as long as one
  query takes. `wait_green` waits in eventlet's hub instead; `assert_cooperative` checks that it took.
* eventlet's own DNS resolver (greendns) answers differently from the system's; it is switched off.
"""

import os
import warnings

os.environ.setdefault("EVENTLET_NO_GREENDNS", "yes")

# Known, and decided: docs/adr tells the way out.
warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")

import eventlet

eventlet.monkey_patch()

import select
from collections.abc import Generator
from typing import TypeVar

from eventlet.hubs import trampoline
from psycopg import waiting
from psycopg.waiting import READY_R, READY_W, WAIT_R, WAIT_W, Ready, Wait, wait_select

Result = TypeVar("Result")


def wait_green(
    gen: Generator[Wait, Ready | int, Result], fileno: int, interval: float = 0.0, timeout: float | None = None
) -> Result:
    """psycopg's wait function: what `gen` returns, which says which of the socket's two sides it waits for.
    `wait_select` does the same at three times the price: ten timers a second, and a hub registration of both sides."""
    if timeout is not None:
        return wait_select(gen, fileno, interval, timeout)
    try:
        wanted = next(gen)
        while True:
            ready: Ready | int
            if wanted == WAIT_R:
                trampoline(fileno, read=True)
                ready = READY_R
            elif wanted == WAIT_W:
                trampoline(fileno, write=True)
                ready = READY_W
            else:
                readable, writable, _ = select.select([fileno], [fileno], [])
                ready = (READY_R if readable else 0) | (READY_W if writable else 0)
            wanted = gen.send(ready)
    except StopIteration as end:
        result: Result = end.value
        return result


waiting.wait = wait_green


def assert_cooperative() -> None:
    """Raise RuntimeError where a query would block the whole process."""
    if waiting.wait is not wait_green:
        raise RuntimeError("something has replaced psycopg's wait function: queries would block every greenlet")
