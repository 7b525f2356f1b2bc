"""/livez and /readyz on the public port, for load balancers. They show the names of components and whether these are ok.

While the broker takes no messages, /readyz answers 200 and says `degraded`. All gateways are in the same state then, and each
still answers public reads, so a balancer must not drop them.
"""

from typing import Any

import orjson
from flask import Flask, Response

from chassis.observability import health


def install(app: Flask) -> None:
    app.add_url_rule("/livez", "livez", lambda: _answer(True, {}), methods=["GET"])
    app.add_url_rule("/readyz", "readyz", _ready, methods=["GET"])


def _ready() -> Response:
    """Covers all services in this process. In the embedded default that is the whole district."""
    report = health.report()
    names = sorted({check.service for check in report.checks})
    return _answer(report.ok, {"degraded": report.degraded, "components": [_component(report, name) for name in names]})


def _component(report: health.Report, name: str) -> dict[str, Any]:
    checks = [check for check in report.checks if check.service == name]
    return {"name": name, "ok": all(c.ok for c in checks), "degraded": any(c.degraded for c in checks)}


def _answer(ok: bool, more: dict[str, Any]) -> Response:
    response = Response(orjson.dumps({"ok": ok, **more}), status=200 if ok else 503, mimetype="application/json")
    response.headers["Cache-Control"] = "no-store"
    if not ok:
        response.headers["Retry-After"] = "2"
    return response
