"""The whole district as a new user has it: `linli up` in a home of its own, with the demo's data."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

from tests.broker import free_port
from tests.patience import eventually

START = 180.0  # seconds a first start may take on a busy machine


@contextmanager
def running(folder: Path, *command: str, **settings: str) -> Iterator[str]:
    """URL of a district whose data is in `folder`, fresh if that is empty; stopped at the end of the block. `command` are the
    arguments of `linli` (default: `up`), `settings` are variables."""
    log, port = folder / "up.log", free_port()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LINLI_")}
    environment |= {"LINLI_HOME": str(folder / "home"), "LINLI_PORT": str(port), "LINLI_DEMO": "true"} | settings
    program = [str(Path(sys.executable).with_name("linli")), *(command or ("up",))]
    with log.open("wb") as out:
        district = subprocess.Popen(program, env=environment, stdout=out, stderr=subprocess.STDOUT, start_new_session=True)

    def ready() -> bool:
        assert district.poll() is None, f"{program} ended:\n{log.read_text()[-4000:]}"
        return _answers(f"http://127.0.0.1:{port}/readyz")

    try:
        eventually(ready, seconds=START, every=0.2)
        yield f"http://127.0.0.1:{port}"
    finally:
        district.send_signal(signal.SIGTERM)
        try:
            district.wait(60)
        except subprocess.TimeoutExpired:
            os.killpg(district.pid, signal.SIGKILL)


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=5).ok
    except requests.RequestException:
        return False
