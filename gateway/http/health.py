"""/livez and /readyz on the public port, for load balancers. They show the names of components and whether these are ok."""

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
    components: dict[str, bool] = {}
    for check in report.checks:
        components[check.service] = components.get(check.service, True) and check.ok
    return _answer(report.ok, {"components": [{"name": name, "ok": ok} for name, ok in sorted(components.items())]})


def _answer(ok: bool, more: dict[str, Any]) -> Response:
    response = Response(orjson.dumps({"ok": ok, **more}), status=200 if ok else 503, mimetype="application/json")
    response.headers["Cache-Control"] = "no-store"
    if not ok:
        response.headers["Retry-After"] = "2"
    return response
