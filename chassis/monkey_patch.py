"""Makes the process cooperative. Import this module before anything else in every process that serves.

nameko runs on eventlet, so eventlet's monkey patch is applied before other modules are imported. Two more settings:

* By default psycopg waits for the server in C. During a query, no other greenlet of the process could run. `wait_cooperatively`
  waits in eventlet's hub instead. `assert_cooperative` checks that it is installed.
* eventlet's DNS resolver (greendns) gives other answers than the system's resolver, so it is switched off.
"""

import os
import warnings

os.environ.setdefault("EVENTLET_NO_GREENDNS", "yes")

# We know. docs/adr describes how to replace eventlet.
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


def wait_cooperatively(
    gen: Generator[Wait, Ready | int, Result], fileno: int, interval: float = 0.0, timeout: float | None = None
) -> Result:
    """psycopg's wait function. It returns the result of `gen`, which yields whether it waits to read or to write.
    `wait_select` does the same but costs three times as much: it sets ten timers per second, and registers the socket for
    both reading and writing."""
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


waiting.wait = wait_cooperatively


def assert_cooperative() -> None:
    """Raises RuntimeError if a query would block the whole process."""
    if waiting.wait is not wait_cooperatively:
        raise RuntimeError("something has replaced psycopg's wait function: queries would block every greenlet")
