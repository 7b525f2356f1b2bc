"""Points in a process's work at which a test can end or stop it, exactly there and exactly once.

The folder LINLI_TEST_KILL_POINTS is shared by test and processes. `arm(point)` puts a file there that holds a signal's
number; the first process that gets to `reached(point)` takes the file away and sends itself that signal.
"""

import os
import signal
from pathlib import Path

FOLDER = "LINLI_TEST_KILL_POINTS"


def reached(point: str) -> None:
    armed = Path(os.environ[FOLDER]) / point
    taken = armed.with_suffix(f".{os.getpid()}")
    try:
        armed.rename(taken)  # atomic: one process only
    except FileNotFoundError:
        return
    os.kill(os.getpid(), int(taken.read_text()))


class KillPoints:
    """The test's end of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()

    def arm(self, point: str, number: int = signal.SIGKILL) -> None:
        draft = self.folder / "draft"
        draft.write_text(str(int(number)))
        draft.rename(self.folder / point)

    def hit(self, point: str) -> int | None:
        """The process that got there, once one has."""
        return next((int(path.suffix[1:]) for path in self.folder.glob(f"{point}.*")), None)

    def clear(self) -> None:
        for path in self.folder.iterdir():
            path.unlink()
