"""The points at which tests/faults kill a process are put into functions of the chassis by name: each must be there."""

import subprocess
import sys

from tests.architecture.tree import ROOT


def test_every_kill_point_finds_its_function() -> None:
    """In a process of its own, because the services' module makes Python cooperative."""
    script = "from tests.faults.linli import run; run._put_kill_points()"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
