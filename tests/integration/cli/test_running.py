"""`linli run` as a process: it starts when it can, says why when it cannot, and drains when told to."""

import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from chassis.embedded import postgres
from tests.patience import eventually

Run = Callable[..., subprocess.CompletedProcess[str]]
Serve = Callable[..., Any]
UNREACHABLE = "amqp://linli-tests:no-default@127.0.0.1:1//"


def test_it_refuses_a_database_that_is_behind(linli: Run) -> None:
    run = linli("run", "booking")
    assert run.returncode == 1
    assert "run `linli migrate booking`" in run.stderr
    assert "Traceback" not in run.stderr


def test_it_serves_and_stops_clean(linli: Run, serve: Serve) -> None:
    assert linli("migrate", "booking").returncode == 0
    serving = serve("run", "booking")
    checks = serving.side("/readyz").json()["checks"]
    assert {(check["service"], check["check"]) for check in checks} == {
        ("booking", "database"),
        ("booking", "migrations"),
        ("booking", "relay"),
        ("process", "broker"),
    }
    assert serving.side("/livez").ok
    metrics = serving.side("/metrics").text
    assert 'linli_outbox_backlog{service="booking"} 0.0' in metrics
    assert "linli_hub_lag_seconds" in metrics
    assert serving.stop() == 0, serving.said()
    assert "Traceback" not in serving.said()


@pytest.mark.usefixtures("migrated")
def test_it_is_interrupted_like_it_is_terminated(serve: Serve) -> None:
    serving = serve("run", "booking")
    assert serving.stop(signal.SIGINT) == 0, serving.said()


@pytest.mark.usefixtures("migrated")
def test_it_can_be_stopped_while_the_broker_is_away(serve: Serve) -> None:
    serving = serve("run", "booking", wait=False, LINLI_AMQP_URI=UNREACHABLE)

    def says_that_the_broker_is_away() -> bool:
        answer = serving.side("/readyz")
        return answer is not None and "the broker does not answer" in answer.text

    eventually(says_that_the_broker_is_away, seconds=60)
    assert serving.side("/livez").ok
    assert serving.stop(seconds=15) == 0, serving.said()


@pytest.mark.usefixtures("migrated")
def test_it_is_not_ready_while_the_database_is_away(serve: Serve, tmp_path: Path) -> None:
    serving = serve("run", "booking")
    server = postgres.start(tmp_path / "home" / "postgres")
    pid = server.get_pid()
    assert pid is not None
    os.kill(pid, signal.SIGINT)  # a fast shutdown

    def not_ready() -> bool:
        answer = serving.side("/readyz")
        return answer is not None and answer.status_code == 503

    eventually(not_ready, seconds=20)
    assert serving.side("/livez").ok
    assert serving.stop() == 0, serving.said()


def test_a_wrong_log_level_is_said(linli: Run) -> None:
    run = linli("run", "booking", LINLI_LOG_LEVEL="LOUD")
    assert run.returncode == 1
    assert "LOUD" in run.stderr
    assert "Traceback" not in run.stderr
