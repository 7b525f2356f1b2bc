"""Stock nameko, unchanged, on the embedded broker: RPC, events, broadcasts, UnknownService."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="module")
def outcome() -> Any:
    script = Path(__file__).with_name("nameko_on_embedded.py")
    run = subprocess.run([sys.executable, "-W", "ignore", script], capture_output=True, text=True, timeout=60, check=False)
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


def test_calls_are_answered(outcome: Any) -> None:
    assert outcome["answers"] and outcome["together"]


def test_a_call_does_not_wait_for_a_poll(outcome: Any) -> None:
    assert outcome["p50_ms"] < 50  # about 1 ms; kombu's memory:// needs up to 1,000 ms


def test_unknown_service_is_known_at_once(outcome: Any) -> None:
    assert outcome["unknown_service"]


def test_events_reach_pool_and_broadcast(outcome: Any) -> None:
    assert outcome["heard"] == ["broadcast hello", "pool hello"]


def test_all_is_acknowledged_and_stopped(outcome: Any) -> None:
    assert outcome["idle"]
    assert outcome["consumers_left"] == 0
