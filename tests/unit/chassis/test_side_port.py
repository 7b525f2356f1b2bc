import json
from typing import Any
from wsgiref.util import setup_testing_defaults

import pytest

from chassis.observability import health, metrics, side_port
from chassis.observability.health import Registry


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> Registry:
    registry = Registry(cached=0.0)
    monkeypatch.setattr(health, "report", registry.report)
    return registry


def get(path: str, method: str = "GET", **environ: str) -> tuple[str, dict[str, str], bytes]:
    request: dict[str, Any] = {"PATH_INFO": path, "REQUEST_METHOD": method, **environ}
    setup_testing_defaults(request)
    answered: list[Any] = []
    body = b"".join(side_port.app(request, lambda status, headers: answered.extend((status, dict(headers)))))
    return answered[0], answered[1], body


def test_alive_whatever_the_checks_say(registry: Registry) -> None:
    registry.register("booking", "database", lambda: 1 / 0 and None)
    assert get("/livez")[0] == "200 OK"


def test_ready_when_all_checks_pass(registry: Registry) -> None:
    registry.register("booking", "database", lambda: None)
    status, headers, body = get("/readyz")
    assert (status, headers["Content-Type"], headers["Cache-Control"]) == ("200 OK", "application/json", "no-store")
    assert json.loads(body)["checks"][0] == {
        "service": "booking",
        "check": "database",
        "ok": True,
        "degraded": False,
        "problem": None,
        "ms": json.loads(body)["checks"][0]["ms"],
    }


def test_not_ready_says_why(registry: Registry) -> None:
    registry.register("booking", "database", lambda: 1 / 0 and None)
    status, _, body = get("/readyz")
    assert status.startswith("503")
    assert json.loads(body)["checks"][0]["problem"] == "division by zero"


def test_ready_and_degraded(registry: Registry) -> None:
    def some_of_it() -> None:
        raise health.Degraded("the broker takes no messages")

    registry.register("process", "broker", some_of_it)
    registry.register("booking", "database", lambda: None)
    status, _, body = get("/readyz")
    found = json.loads(body)
    assert (status, found["ok"], found["degraded"]) == ("200 OK", True, True)
    assert [(c["ok"], c["degraded"], c["problem"]) for c in found["checks"]] == [
        (True, True, "the broker takes no messages"),
        (True, False, None),
    ]


def test_metrics_are_what_prometheus_reads(registry: Registry) -> None:
    metrics.refusals.labels("booking", "booking.space_taken").inc()
    status, headers, body = get("/metrics")
    assert status == "200 OK"
    assert headers["Content-Type"].startswith("text/plain")
    assert b'linli_refusals_total{code="booking.space_taken",service="booking"}' in body
    assert get("/metrics", HTTP_ACCEPT="application/openmetrics-text")[1]["Content-Type"].startswith(
        "application/openmetrics-text"
    )


def test_head_has_no_body(registry: Registry) -> None:
    status, _headers, body = get("/livez", "HEAD")
    assert (status, body) == ("200 OK", b"")


def test_nothing_else_is_there(registry: Registry) -> None:
    assert get("/")[0].startswith("404")
    assert get("/readyz", "POST")[0].startswith("405")
