"""Folders for what tests start, in memory where there is room: nobody else's writes are waited for there.

A process that is killed loses nothing of a file in memory: only a machine that stops does, and no test stops one.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

MEMORY = Path("/dev/shm")  # noqa: S108  nothing is shared: each run has its own folders
ROOM = 2 * 2**30  # bytes; a run of all tests takes about 0.6 GiB


@contextmanager
def folder() -> Iterator[Path]:
    """A folder that goes away with the block."""
    made = new_folder()
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def new_folder() -> Path:
    """PostgreSQL's own user may pass through it, also when root runs the tests. Its name has the process id of this run, by
    which the next run knows what nobody uses any more."""
    in_memory = MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM
    parent = MEMORY if in_memory else Path(tempfile.gettempdir())
    _remove_what_killed_runs_left(parent)
    made = Path(tempfile.mkdtemp(prefix=f"linli-test-{os.getpid()}-", dir=parent)).resolve()
    made.chmod(0o755)
    return made


def _remove_what_killed_runs_left(parent: Path) -> None:
    """PostgreSQL ends by itself when its folder is gone."""
    for left in parent.glob("linli-test-*-*"):
        pid = left.name.split("-")[2]
        if pid.isdecimal() and not psutil.pid_exists(int(pid)):
            shutil.rmtree(left, ignore_errors=True)
