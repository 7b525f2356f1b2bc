"""The registry of readiness checks. The side port (chassis.observability.side_port) and the gauges read its report.

health.register("booking", "database", check)   # check() raises if it fails; operators read the error's text
health.report()                                 # Report(checks=(Result("booking", "database", …),))
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

TIMEOUT = 2.0  # seconds a check may take
CACHED = 1.0  # seconds that a report is cached


class Degraded(Exception):
    """A check raises it if the process does only part of its work and must still get requests. Its text is one sentence for
    operators."""


@dataclass(frozen=True, slots=True)
class Result:
    """The result of one check. `problem` is empty if the check passed. `degraded`: the problem does not make the process
    unready. `seconds` is the duration."""

    service: str
    name: str
    problem: str
    seconds: float
    degraded: bool = False

    @property
    def ok(self) -> bool:
        return self.degraded or not self.problem


@dataclass(frozen=True, slots=True)
class Report:
    """The results of all checks at one time."""

    checks: tuple[Result, ...]

    @property
    def ok(self) -> bool:
        return all(result.ok for result in self.checks)

    @property
    def degraded(self) -> bool:
        return any(result.degraded for result in self.checks)

    def to_json(self) -> dict[str, object]:
        return {
            "ok": self.ok,
            "degraded": self.degraded,
            "checks": [
                {
                    "service": r.service,
                    "check": r.name,
                    "ok": r.ok,
                    "degraded": r.degraded,
                    "problem": r.problem or None,
                    "ms": round(r.seconds * 1000, 1),
                }
                for r in self.checks
            ],
        }


@dataclass(eq=False)
class _Check:
    service: str
    name: str
    run: Callable[[], None]
    started: float = 0.0
    running: threading.Thread | None = None
    result: Result | None = field(default=None)

    def begin(self) -> None:
        """Start the check in a new thread, unless the last run has not ended yet."""
        if self.running is not None and self.running.is_alive():
            return
        self.started, self.result = time.monotonic(), None
        self.running = threading.Thread(target=self._run, name=f"health {self.service} {self.name}", daemon=True)
        self.running.start()

    def _run(self) -> None:
        problem, degraded = "", False
        try:
            self.run()
        except Exception as error:
            problem = (str(error).strip().splitlines() or [""])[0] or type(error).__name__
            degraded = isinstance(error, Degraded)
        self.result = Result(self.service, self.name, problem, time.monotonic() - self.started, degraded)

    def end(self, deadline: float) -> Result:
        if self.running is not None:
            self.running.join(max(0.0, deadline - time.monotonic()))
        if self.result is not None:
            return self.result
        waited = time.monotonic() - self.started
        return Result(self.service, self.name, f"no answer for {waited:.1f} s", waited)


class Registry:
    """The checks of one process. Threads and greenlets may share it."""

    def __init__(self, timeout: float = TIMEOUT, cached: float = CACHED) -> None:
        self._timeout = timeout
        self._cached = cached
        self._checks: dict[tuple[str, str], _Check] = {}
        self._lock = threading.Lock()
        self._last: tuple[float, Report] | None = None
        self._draining = False

    def register(self, service: str, name: str, check: Callable[[], None]) -> None:
        """Add a check, or replace the check with the same service and name. `check` raises if it fails, and Degraded if the
        process is ready all the same."""
        self._checks[service, name] = _Check(service, name, check)
        self._last = None

    def drain(self) -> None:
        """Report "not ready" from now on, because the process is stopping."""
        self._draining = True
        self._last = None

    def report(self) -> Report:
        """Return the results of all checks, at most one second old. The checks run in parallel, for at most 2 s."""
        with self._lock:
            if self._last is not None and time.monotonic() - self._last[0] < self._cached:
                return self._last[1]
            report = Report(tuple(self._run_checks()))
            self._last = (time.monotonic(), report)
            return report

    def _run_checks(self) -> list[Result]:
        checks = list(self._checks.values())
        for check in checks:
            check.begin()
        deadline = time.monotonic() + self._timeout
        results = [check.end(deadline) for check in checks]
        if self._draining:
            results.append(Result("process", "draining", "the process is stopping", 0.0))
        return results


_registry = Registry()
register = _registry.register
drain = _registry.drain
report = _registry.report
