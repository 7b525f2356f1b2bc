"""`make tour`, as a newcomer runs it: on the embedded default, where the outside system listens over HTTP."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def tour(url: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LINLI_")} | {"LINLI_URL": url}
    command = [sys.executable, "-m", "tour"]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)


@pytest.mark.parametrize("time", ["once", "and again"])
def test_the_day_goes_well(district_url: str, time: str) -> None:
    day = tour(district_url)
    assert day.returncode == 0, day.stdout + day.stderr
    assert "The day went well" in day.stdout


def test_where_nobody_answers_it_says_what_to_do() -> None:
    day = tour("http://127.0.0.1:9")
    assert day.returncode == 2
    assert "make up" in day.stdout
