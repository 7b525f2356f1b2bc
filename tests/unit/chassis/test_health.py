import threading

import pytest

from chassis.observability import health
from chassis.observability.health import Registry


def fail(problem: str) -> None:
    raise RuntimeError(problem)


def test_all_checks_pass() -> None:
    registry = Registry()
    registry.register("booking", "database", lambda: None)
    report = registry.report()
    assert report.ok
    assert [(r.service, r.name, r.ok) for r in report.checks] == [("booking", "database", True)]


def test_one_failure_makes_the_process_unfit_and_says_why() -> None:
    registry = Registry()
    registry.register("booking", "database", lambda: None)
    registry.register("booking", "relay", lambda: fail("12 messages wait\nand a second line"))
    report = registry.report()
    assert not report.ok
    assert [r.problem for r in report.checks] == ["", "12 messages wait"]
    assert report.to_json()["ok"] is False


def test_a_failure_without_words_still_has_a_name() -> None:
    registry = Registry()
    registry.register("booking", "database", lambda: fail(""))
    assert registry.report().checks[0].problem == "RuntimeError"


def test_a_hanging_check_fails_alone_and_is_not_started_twice() -> None:
    release = threading.Event()
    runs: list[int] = []

    def hang() -> None:
        runs.append(1)
        release.wait(10)

    registry = Registry(timeout=0.05, cached=0.0)
    registry.register("booking", "broker", hang)
    registry.register("booking", "database", lambda: None)
    for _ in range(3):
        report = registry.report()
        assert "no answer" in report.checks[0].problem
        assert report.checks[1].ok
    assert len(runs) == 1
    release.set()
    registry._checks["booking", "broker"].running.join(10)  # type: ignore[union-attr]
    assert registry.report().ok


def test_checks_run_side_by_side() -> None:
    both = threading.Barrier(2, timeout=5)
    registry = Registry()
    registry.register("a", "meets b", lambda: both.wait() and None)
    registry.register("b", "meets a", lambda: both.wait() and None)
    assert registry.report().ok


def test_a_report_is_good_for_a_while() -> None:
    runs: list[int] = []
    registry = Registry(cached=60)
    registry.register("booking", "database", lambda: runs.append(1))
    assert registry.report() is registry.report()
    assert len(runs) == 1
    registry.register("booking", "relay", lambda: None)
    assert len(registry.report().checks) == 2


def test_a_draining_process_is_not_ready() -> None:
    registry = Registry(cached=60)
    registry.register("booking", "database", lambda: None)
    assert registry.report().ok
    registry.drain()
    assert [r.problem for r in registry.report().checks if not r.ok] == ["the process is stopping"]


def test_the_module_speaks_of_one_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health._registry, "_checks", {})
    health.register("x", "y", lambda: None)
    assert [r.name for r in health.report().checks] == ["y"]
